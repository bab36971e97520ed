import { SYNC_PAYLOAD_LENGTH } from './asked-pings.js';

/** The length in bytes of a masked ping of the outbox's own. */
const SYNC_LENGTH = 6 + SYNC_PAYLOAD_LENGTH;
/** The length in bytes of the largest masked Close (RFC 6455 §5.5). */
const CLOSE_LENGTH = 131;
/** How long the outbox waits for the pong to each repeated ping, in multiples of the time that a pong may take. */
export const PATIENCE: readonly number[] = [1, 1, 4, 16, 64, 256];
/** The bytes of `pacing` that are kept free for pings, and for a Close, which must not wait when the connection fails. */
export const RESERVED: number = CLOSE_LENGTH + SYNC_LENGTH * (1 + PATIENCE.length);
/** The bytes that are kept free for pongs: enough for a few of the usual size. */
export const PONGS_LENGTH = 32;
/** The length in bytes of the largest header of a data frame. */
const HEADER_LENGTH = 8;
/** Milliseconds after which a peer that answers no more is taken to have read everything that it was sent. */
export const LULL = 20;

/** Returns the most payload bytes that a frame may have to fit into `pacing`. */
export function largestFrame(pacing: number): number {
  return pacing - RESERVED - 2 * PONGS_LENGTH - HEADER_LENGTH;
}
