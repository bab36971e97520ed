/** Most bytes that are written at a time. Small beside what may be read while nothing is seen to move: see `Backlog`. */
const PIECE = 256 * 1024;

/** True for a write of more than one piece. */
export function isLarge(parts: readonly Uint8Array[]): boolean {
  let length = 0;
  for (const part of parts) length += part.length;
  return length > PIECE;
}

/** A large write that is made piece by piece, to a transport that tells of nothing but the end of a write. */
export class CutWrite {
  readonly #parts: readonly Uint8Array[];
  // Where the next piece begins: a part, and the place in it.
  #index = 0;
  #at = 0;
  #passed = 0;
  #underWay = 0;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  /** Bytes of the pieces before the last one. */
  get passed(): number {
    return this.#passed;
  }

  /** The next piece, when the one before was passed on; undefined at the end. */
  next(): readonly Uint8Array[] | undefined {
    this.#passed += this.#underWay;
    this.#underWay = 0;
    const piece: Uint8Array[] = [];
    while (this.#underWay < PIECE && this.#index < this.#parts.length) {
      const part = this.#parts[this.#index]!;
      const end = Math.min(part.length, this.#at + PIECE - this.#underWay);
      piece.push(part.subarray(this.#at, end));
      this.#underWay += end - this.#at;
      this.#at = end;
      if (end < part.length) break;
      this.#index++;
      this.#at = 0;
    }
    return piece.length === 0 ? undefined : piece;
  }
}
