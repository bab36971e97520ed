/**
 * Finds and unmasks frames in memory of its own, by means that the decoder does not have itself: machine code. Positions
 * are bytes from the start of the memory, but for those in `found`.
 */
export interface FrameScanner {
  /** Where chunks have to lie. */
  readonly memory: ArrayBufferLike;
  /** Where in it those are copied to that lie elsewhere, and where that ends: longer ones are read without a scanner. */
  readonly inputStart: number;
  readonly inputEnd: number;
  /** A decoder reads, and may be telling of what it has found: another that is pushed to meanwhile has to do without. */
  isInUse: boolean;
  /** Where payloads are written to: at most so many bytes of them at a time. */
  readonly output: Uint8Array;
  /**
   * Two words for each frame that was found last: where in `output` its payload begins, a multiple of 8; and its length, with
   * its opcode from bit 24 on, and bit 31 set when it is not all ASCII.
   */
  readonly found: Int32Array;
  /**
   * Unmasks the frames that follow each other from `from` on, as long as each is a message by itself, masked or not, without
   * reserved bits, and whole before `end` (RFC 6455 §5.2), and as long as `output` has room; the chunk stays as it is.
   *
   * @param opcodes a bit for each that is accepted; 1-7 at most.
   * @param most bytes of payload in one frame, below 2^16; 1 at least is in each.
   * @param room bytes of `output` that may be written to, no more than it has.
   * @param keyLength 4 where frames are masked, 0 where they are not.
   * @returns how many frames there are in `found`.
   */
  scan(from: number, end: number, opcodes: number, most: number, room: number, keyLength: number): number;
  /** Where the last scan ended: at the first frame that is another, or at `end`. */
  stop(): number;
  /** Unmasks a range where it lies, with a key whose lowest byte applies first. Returns 0 when all that came out is ASCII. */
  mask(from: number, to: number, key: number): number;
}
