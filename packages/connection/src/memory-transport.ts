// The build puts the code in: who installs this package does not get, nor need, the one that it comes from.
import { createTransportPair as createPair } from '@webson/testing';
import { atEndOfTurn } from './time/clock.js';
import type { Transport } from './transport.js';

const OPTIONS = { inNextTurn: atEndOfTurn };

/** Two transports joined in memory: what is written to one is read from the other, a turn of the event loop later. */
export function createTransportPair(): [Transport, Transport] {
  return createPair(OPTIONS);
}
