import type { Protocol } from '../../src/protocol/protocol.js';

/** Gives a protocol all of a chunk, in as many turns of the event loop as it wants for it. */
export function receiveAll(protocol: Protocol, chunk: Uint8Array): void {
  for (let rest = chunk; rest.length > 0; ) {
    rest = rest.subarray(protocol.receive(rest));
    protocol.inbound.work.refill();
  }
}
