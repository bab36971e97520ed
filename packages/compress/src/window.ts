/**
 * The last `2 ** windowBits` bytes of a direction's messages before compression: all that context takeover means
 * (RFC 7692 §7.1.1). It starts small and grows with what it is given, so that quiet connections stay cheap.
 */
export class SlidingWindow {
  readonly #size: number;
  #buffer = new Uint8Array(0);
  #length = 0;

  /** @param windowBits 8 to 15. */
  constructor(windowBits: number) {
    this.#size = 2 ** windowBits;
  }

  /** The window, oldest byte first: a view that the next `append` changes. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies bytes in at the end, and lets the oldest fall out. */
  append(bytes: Uint8Array): void {
    const added = bytes.length > this.#size ? bytes.subarray(bytes.length - this.#size) : bytes;
    const kept = Math.min(this.#length, this.#size - added.length);
    const from = this.#length - kept;
    const needed = kept + added.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(needed, 2 * this.#buffer.length)));
      grown.set(this.#buffer.subarray(from, this.#length));
      this.#buffer = grown;
    } else if (from > 0) {
      this.#buffer.copyWithin(0, from, this.#length);
    }
    this.#buffer.set(added, kept);
    this.#length = needed;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }
}
