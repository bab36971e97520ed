import type * as NodeBuffer from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type * as Net from 'node:net';
import type { Duplex } from 'node:stream';
import type * as Tls from 'node:tls';
import type * as Util from 'node:util';
import type * as WorkerThreads from 'node:worker_threads';

// An import of a module of Node evaluates everything that the module exports, also what Node itself loads when it is first
// used: that of `node:http` compiles the WebAssembly of fetch, which takes longer than all the rest of this package and ends
// a process that has few addresses to spare. What is asked for in this way stays as lazy as it is.

/** `node:buffer`. */
export const buffer: typeof NodeBuffer = process.getBuiltinModule('node:buffer');
/** `node:events`. */
export const events: Pick<typeof EventEmitter, 'setMaxListeners'> = process.getBuiltinModule('node:events');
/** `node:http`. */
export const http: typeof Http = process.getBuiltinModule('node:http');
/** `node:net`. */
export const net: typeof Net = process.getBuiltinModule('node:net');
/** `node:util`. */
export const util: typeof Util = process.getBuiltinModule('node:util');
/** `node:worker_threads`. */
export const workerThreads: typeof WorkerThreads = process.getBuiltinModule('node:worker_threads');

// Programs without TLS need none of these, and to load them took a good part of the time of loading this package. To import
// them when they are needed would take a turn.

/** `node:https`, loaded when it is first needed. */
export function httpsModule(): typeof Https {
  return process.getBuiltinModule('node:https');
}

/** `node:tls`, loaded when it is first needed. */
export function tlsModule(): typeof Tls {
  return process.getBuiltinModule('node:tls');
}

/** True on Node itself: others imitate only what is documented. */
export const isNode: boolean = !('bun' in process.versions) && !('deno' in process.versions);

/** True for a TLSSocket. */
export function isTls(stream: Duplex): boolean {
  return 'encrypted' in stream;
}
