import type { FrameHeader } from './header.js';

/** Receives what a {@link FrameDecoder} finds. What it throws ends the decoding and comes out of `push`. */
export interface FrameSink {
  /** A data frame's header is complete, or a control frame as a whole. */
  onHeader(header: FrameHeader): void;
  /**
   * The next part of the payload, unmasked: a view of the chunk that was pushed, not a copy. `last` is true exactly once
   * a frame, also for an empty payload. A control frame's payload comes in one piece, copied if it was spread over chunks.
   *
   * With a memory for payloads, a slice of a data frame is a view of the chunk all the same, and `isLent` says so.
   */
  onPayload(slice: Uint8Array, last: boolean): void;
  /**
   * A data frame that is a message by itself and has come in one piece, as most are. Where this is missing, the two above
   * are called instead.
   *
   * @param opcode 1-7. @param rsv as in {@link FrameHeader}. @param payload as in `onPayload`; with a memory for payloads a
   *   copy in that, unless it is compressed (RSV1): that is a view of the chunk.
   */
  onWhole?(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void;
}
