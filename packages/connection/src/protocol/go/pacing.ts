import { SYNC_PAYLOAD_LENGTH } from './asked-pings.js';

/** A masked ping of the outbox's own. */
const SYNC_LENGTH = 6 + SYNC_PAYLOAD_LENGTH;
/** The largest Close, masked: it must not wait when the connection fails. */
const CLOSE_LENGTH = 131;
/** How long the pong to each ping that asks again is waited for, by what a pong may take; the first waits for 1. */
export const PATIENCE: readonly number[] = [1, 1, 4, 16, 64, 256];
/** What is left free in all that may be on its way: for a Close, and for pings. */
export const RESERVED: number = CLOSE_LENGTH + SYNC_LENGTH * (1 + PATIENCE.length);
/** Left free for answers to pings beside, and for others that may not be read yet: a few of the usual ones. */
export const PONGS_LENGTH = 32;
/** The largest header of a frame of data. */
const HEADER_LENGTH = 8;
/** A peer that answers no more has read by then, in ms, what it was sent. */
export const LULL = 20;

/** Bytes of payload that one frame may have, so that there is room for it in `pacing`. */
export function largestFrame(pacing: number): number {
  return pacing - RESERVED - 2 * PONGS_LENGTH - HEADER_LENGTH;
}
