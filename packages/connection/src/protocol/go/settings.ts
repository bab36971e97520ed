/** How an endpoint speaks to one that is built on the original Go kit. */
export interface GoSettings {
  /** Bytes that may be on their way to the peer's buffer; without it nothing is held back, and every write is one frame. */
  readonly pacing: number | undefined;
}

/** Payload bytes of one frame, stream header included: what a Go peer takes whatever its settings. */
const FRAME_LIMIT = 4096;
/** The largest header. */
const HEADER_LENGTH = 8;
/** A masked ping with 4 bytes of payload. */
export const SYNC_LENGTH = 10;
/** The largest Close, masked: it must not wait when the connection fails. */
export const CLOSE_LENGTH = 131;
/** Kept free for answers to pings, which do not wait either: a few of the usual ones. */
const PONGS_LENGTH = 32;

/** Bytes of payload that one frame may have, the stream header included. */
export function frameLimit({ pacing }: GoSettings): number {
  if (pacing === undefined) return FRAME_LIMIT;
  return Math.min(FRAME_LIMIT, pacing - CLOSE_LENGTH - SYNC_LENGTH - PONGS_LENGTH - HEADER_LENGTH);
}
