/** Bytes to begin with: most peers wait for an answer before they send more. */
const FIRST = 256;

/** Bytes that have come and are told later: in one piece, however small the pieces were that they came in. */
export class ReadAhead {
  #memory = new Uint8Array(0);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** All of them. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** Copies what has come. */
  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#memory.length) {
      const memory = new Uint8Array(Math.max(length, 2 * this.#memory.length, FIRST));
      memory.set(this.bytes);
      this.#memory = memory;
    }
    this.#memory.set(chunk, this.#length);
    this.#length = length;
  }
}
