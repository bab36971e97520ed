/**
 * Finds and unmasks frames by machine code, which works in memory of its own. Positions are byte offsets in that
 * memory, except those in `found`.
 *
 * - Only unfragmented messages without reserved bits are found; the decoder reads every other frame (RFC 6455 §5.2).
 * - The chunk is not changed by `scan`.
 * - One decoder at a time uses a scanner: see `isInUse`.
 */
export interface FrameScanner {
  /** The memory that chunks must lie in. */
  readonly memory: ArrayBufferLike;
  /** Where a chunk from other memory is copied to. */
  readonly inputStart: number;
  /** The end of the area that chunks are copied to. A longer chunk is read without a scanner. */
  readonly inputEnd: number;
  /**
   * True while a decoder reads a chunk, which includes its calls of the sink. Another decoder that is pushed to
   * meanwhile reads without a scanner.
   */
  isInUse: boolean;
  /** The area that `scan` writes payloads to; its length bounds what one scan finds. */
  readonly output: Uint8Array;
  /**
   * Two words for each frame that the last scan found. The first is the offset of its payload in `output`, a multiple
   * of 8. The second is the length of the payload, the opcode from bit 24 on, and bit 31, which is set unless all of it
   * is ASCII.
   */
  readonly found: Int32Array;
  /**
   * Unmasks consecutive frames from `from` on into `output`. Stops at the first frame that is not an unfragmented
   * message without reserved bits, or is not complete before `end`, or does not fit into `output`.
   *
   * @param opcodes a bit mask of the accepted opcodes, of 1-7.
   * @param most the largest payload of one frame in bytes, below 2^16; an empty payload stops the scan.
   * @param room how many bytes of `output` may be written, at most its length.
   * @param keyLength 4 when frames are masked, 0 when they are not.
   * @returns how many frames `found` holds.
   */
  scan(from: number, end: number, opcodes: number, most: number, room: number, keyLength: number): number;
  /** The position where the last scan stopped: the start of the first frame that it did not take, or `end`. */
  stop(): number;
  /**
   * Unmasks a range in place, with a key whose lowest byte applies first. Returns 0 when the unmasked bytes are all
   * ASCII.
   */
  mask(from: number, to: number, key: number): number;
}
