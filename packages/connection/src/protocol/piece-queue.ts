/** A slice that is less than this part of the memory it is a view of is copied, so as not to hold all of that. */
const KEPT_PART = 2;
/** A slice of this many bytes is passed to a reader that waits for it as it is; a smaller one, which it may keep, copied. */
const PASSED_FROM = 4 * 1024;
/** Small slices are put together in pieces of this many bytes. */
const PIECE_LENGTH = 16 * 1024;

/** Bytes that wait to be read, in the pieces they came in: small ones are put together, so that each costs its bytes. */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  // Room left in the last piece, if that is one of ours.
  #room: Uint8Array | undefined;
  #length = 0;

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds a slice, which is the queue's from now on unless it is lent: then it is copied. */
  push(slice: Uint8Array, isLent = false): void {
    const { length } = slice;
    this.#length += length;
    if (!isLent && length * KEPT_PART >= slice.buffer.byteLength) {
      this.#room = undefined;
      this.#pieces.push(slice);
      return;
    }
    if (this.#room !== undefined && this.#room.length >= length) {
      this.#room.set(slice);
      const last = this.#pieces.length - 1;
      const piece = this.#pieces[last]!;
      this.#pieces[last] = new Uint8Array(piece.buffer, piece.byteOffset, piece.length + length);
      this.#room = this.#room.subarray(length);
      return;
    }
    const memory = new Uint8Array(Math.max(length, PIECE_LENGTH));
    memory.set(slice);
    this.#pieces.push(memory.subarray(0, length));
    this.#room = memory.subarray(length);
  }

  /** Adds a slice that a reader waits for: it does not stay here. A copy of it, if it is lent. */
  pass(slice: Uint8Array, isLent = false): void {
    this.#length += slice.length;
    this.#room = undefined;
    this.#pieces.push(isLent || slice.length < PASSED_FROM ? slice.slice() : slice);
  }

  /** Takes the next piece off. */
  shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    if (this.#pieces.length === 0) this.#room = undefined;
    this.#length -= piece.length;
    return piece;
  }

  /** Takes all of it off, in one piece. */
  join(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.clear();
    return whole;
  }

  clear(): void {
    this.#pieces = [];
    this.#room = undefined;
    this.#length = 0;
  }
}
