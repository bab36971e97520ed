// The build bundles the code of this import, so `@webson/testing` is no dependency of the published package.
import { createTransportPair as createPair } from '@webson/testing';
import { atEndOfTurn } from './time/clock.js';
import type { Transport } from './transport.js';

const OPTIONS = { inNextTurn: atEndOfTurn };

/** Two transports connected in memory: bytes written to one are read from the other, a turn of the event loop later. */
export function createTransportPair(): [Transport, Transport] {
  return createPair(OPTIONS);
}
