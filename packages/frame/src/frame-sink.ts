import type { FrameHeader } from './header.js';

/**
 * Receives the frames that a {@link FrameDecoder} finds. An error that it throws stops the decoder and leaves `push`.
 */
export interface FrameSink {
  /** The header of a data frame is complete, or a control frame is complete with its payload. */
  onHeader(header: FrameHeader): void;
  /**
   * The next part of the payload, unmasked: a view of the chunk that was pushed, not a copy. `last` is true for exactly
   * one part of each frame, also when the payload is empty. The payload of a control frame comes in one piece; it is a
   * copy if it was spread over several chunks.
   *
   * When `push` is given a payload memory, a part of a data frame is still a view of the chunk, and the decoder's
   * `isLent` is true.
   */
  onPayload(slice: Uint8Array, last: boolean): void;
  /**
   * An unfragmented message whose frame lies in one chunk, as most do. A sink without this method gets `onHeader` and
   * `onPayload` instead.
   *
   * @param opcode 1-7.
   * @param rsv as in {@link FrameHeader}.
   * @param payload as in `onPayload`. When `push` is given a payload memory, this is a copy in that memory; a
   *   compressed payload (RSV1) is a view of the chunk all the same.
   */
  onWhole?(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void;
}
