/**
 * Finds and unmasks frames in memory of its own, by means that the decoder does not have itself: machine code. Positions
 * are bytes from the start of the memory.
 */
export interface FrameScanner {
  /** Where chunks have to lie. */
  readonly memory: ArrayBufferLike;
  /**
   * Two words for each frame that was found last: where its payload begins; and its length, with its opcode from bit 24 on,
   * and bit 31 set when it is not all ASCII.
   */
  readonly found: Int32Array;
  /**
   * Unmasks the frames that follow each other from `from` on, as long as each is a message by itself, masked, without
   * reserved bits, and whole before `end` (RFC 6455 §5.2).
   *
   * @param opcodes a bit for each that is accepted; 1-7 at most.
   * @param most bytes of payload in one frame, below 2^16; 1 at least is in each.
   * @returns how many frames there are in `found`.
   */
  scan(from: number, end: number, opcodes: number, most: number): number;
  /** Where the last scan ended: at the first frame that is another, or at `end`. */
  stop(): number;
  /** Unmasks a range with a key whose lowest byte applies first. Returns 0 when all that came out is ASCII. */
  mask(from: number, to: number, key: number): number;
}
