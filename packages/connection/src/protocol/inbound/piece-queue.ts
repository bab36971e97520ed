/**
 * Most bytes of one piece that small slices are joined to, and most bytes of unused memory that a piece keeps alive.
 */
const PIECE_LENGTH = 8 * 1024;
const SMALLEST_PIECE = 256;
/** A slice of so many bytes or more becomes a piece without being copied, if its memory is its own. */
const ALONE_FROM = 4 * 1024;

/**
 * Bytes that wait to be read, in pieces.
 *
 * - Small slices are joined, in memory that grows with the bytes that wait: the memory is a small multiple of the
 *   bytes, however small the slices are.
 * - No piece shares memory with anything else, so a reader may do with it what it likes.
 */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  // The unused memory behind the last piece.
  #room: Uint8Array | undefined;
  #length = 0;

  /** Bytes in the queue. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a slice.
   *
   * @param isLent true when the memory of the slice is valid only for the time of the call, or is shared; else the
   *   queue owns it.
   */
  push(slice: Uint8Array, isLent = false): void {
    if (!isLent && isAlone(slice)) this.#add(slice);
    else this.#copy(slice);
  }

  /** Adds a slice as a piece of its own, for a reader that waits and takes it at once. Parameters as in `push`. */
  pass(slice: Uint8Array, isLent = false): void {
    this.#add(!isLent && isAlone(slice) ? slice : new Uint8Array(slice));
  }

  /** Removes the next piece and returns it; undefined when the queue is empty. */
  shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    if (this.#pieces.length === 0) this.#room = undefined;
    this.#length -= piece.length;
    return piece;
  }

  /** Removes everything and returns it as one piece. */
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

  #add(piece: Uint8Array): void {
    this.#room = undefined;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #copy(slice: Uint8Array): void {
    const room = this.#room;
    let rest = slice;
    if (room !== undefined) {
      const fitting = Math.min(room.length, slice.length);
      room.set(fitting === slice.length ? slice : slice.subarray(0, fitting));
      const last = this.#pieces.length - 1;
      const piece = this.#pieces[last]!;
      this.#pieces[last] = new Uint8Array(piece.buffer, piece.byteOffset, piece.length + fitting);
      this.#room = fitting === room.length ? undefined : room.subarray(fitting);
      this.#length += fitting;
      if (fitting === slice.length) return;
      rest = slice.subarray(fitting);
    }
    const { length } = rest;
    const grown = Math.max(SMALLEST_PIECE, Math.min(this.#length, PIECE_LENGTH));
    if (length >= grown) {
      this.#add(new Uint8Array(rest));
      return;
    }
    const memory = new Uint8Array(grown);
    memory.set(rest);
    this.#add(memory.subarray(0, length));
    this.#room = memory.subarray(length);
  }
}

function isAlone(slice: Uint8Array): boolean {
  const { length } = slice;
  return length >= ALONE_FROM && slice.byteOffset === 0 && slice.buffer.byteLength - length <= PIECE_LENGTH;
}
