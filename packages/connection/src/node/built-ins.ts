import type * as Https from 'node:https';
import { getBuiltinModule } from 'node:process';
import type { Duplex } from 'node:stream';
import type * as Tls from 'node:tls';

// Programs without TLS need none of these, and to load them took a good part of the time of loading this package. To import
// them when they are needed would take a turn.

/** `node:https`, loaded when it is first needed. */
export function httpsModule(): typeof Https {
  return getBuiltinModule('node:https');
}

/** `node:tls`, loaded when it is first needed. */
export function tlsModule(): typeof Tls {
  return getBuiltinModule('node:tls');
}

/** True for a TLSSocket. */
export function isTls(stream: Duplex): boolean {
  return 'encrypted' in stream;
}
