/** To keep a piece keeps no more than so many bytes beside it; small pieces are put together in as many. */
const PIECE_LENGTH = 8 * 1024;
const SMALLEST_PIECE = 256;
/** A slice of so many bytes stays a piece by itself. */
const ALONE_FROM = 4 * 1024;

/**
 * Bytes that wait to be read, in pieces. Small slices are put together, in memory that grows with what waits: so it takes a
 * small multiple of the bytes, however small the slices. No piece shares memory with anything else: who reads it may do
 * with it what he likes.
 */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  // Room left behind the last piece.
  #room: Uint8Array | undefined;
  #length = 0;

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a slice.
   *
   * @param isLent its memory is of use only for the time of the call, or is not its own; else it is the queue's from now on.
   */
  push(slice: Uint8Array, isLent = false): void {
    if (!isLent && isAlone(slice)) this.#add(slice);
    else this.#copy(slice);
  }

  /** Adds a slice that a reader waits for: it does not stay here. See `push`. */
  pass(slice: Uint8Array, isLent = false): void {
    this.#add(!isLent && isAlone(slice) ? slice : new Uint8Array(slice));
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
