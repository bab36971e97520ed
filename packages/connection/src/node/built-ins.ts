import type * as NodeBuffer from 'node:buffer';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type * as Net from 'node:net';
import type { Duplex } from 'node:stream';
import type * as Tls from 'node:tls';
import type * as Util from 'node:util';
import type * as WorkerThreads from 'node:worker_threads';

// An `import` of a built-in module evaluates all its exports, even those that Node loads lazily. The import of `node:http` thus
// compiles the WebAssembly code of fetch, which takes longer than loading the rest of this package, and which ends a process
// with a small limit on virtual memory. `getBuiltinModule` leaves the exports lazy.

/** `node:buffer`. */
export const buffer: typeof NodeBuffer = process.getBuiltinModule('node:buffer');
/** `node:http`. */
export const http: typeof Http = process.getBuiltinModule('node:http');
/** `node:net`. */
export const net: typeof Net = process.getBuiltinModule('node:net');
/** `node:util`. */
export const util: typeof Util = process.getBuiltinModule('node:util');
/** `node:worker_threads`. */
export const workerThreads: typeof WorkerThreads = process.getBuiltinModule('node:worker_threads');

// Programs without TLS do not need the following modules, and loading them takes a good part of the time of loading this package.
// A dynamic `import` is not used, as it would be asynchronous.

/** `node:https`, loaded when it is first needed. */
export function httpsModule(): typeof Https {
  return process.getBuiltinModule('node:https');
}

/** `node:tls`, loaded when it is first needed. */
export function tlsModule(): typeof Tls {
  return process.getBuiltinModule('node:tls');
}

/** `node:stream`. */
export function streamModule(): { readonly Duplex: typeof Duplex } {
  return process.getBuiltinModule('node:stream');
}

/** True on Node itself: Bun and Deno imitate only what is documented. */
export const isNode: boolean = !('bun' in process.versions) && !('deno' in process.versions);

/** True for a TLSSocket. */
export function isTls(stream: Duplex): boolean {
  return 'encrypted' in stream;
}
