/** Bytes of the first allocation. It is small, as most peers wait for an answer before they send more. */
const INITIAL_SIZE = 256;

/** Collects bytes that are delivered later, in one piece of memory however small the chunks were. */
export class ReadAhead {
  #memory = new Uint8Array(0);
  #length = 0;

  /** Number of bytes collected. */
  get length(): number {
    return this.#length;
  }

  /** All bytes collected, as a view. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** Copies the chunk. */
  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#memory.length) {
      const memory = new Uint8Array(Math.max(length, 2 * this.#memory.length, INITIAL_SIZE));
      memory.set(this.bytes);
      this.#memory = memory;
    }
    this.#memory.set(chunk, this.#length);
    this.#length = length;
  }
}
