/** Bytes of the largest window. */
const LARGEST = 32_768;

/** Where a window that goes round is laid out in a row: one for all. */
let row: Uint8Array | undefined;

/**
 * The last `2 ** windowBits` bytes of a direction's messages before compression: all that context takeover means
 * (RFC 7692 §7.1.1). It starts small and grows with what it is given, so that quiet connections stay cheap.
 */
export class SlidingWindow {
  readonly #size: number;
  #buffer = new Uint8Array(0);
  // Once the buffer has its full size the bytes go round in it.
  #start = 0;
  #length = 0;

  /** @param windowBits 8 to 15. */
  constructor(windowBits: number) {
    this.#size = 2 ** windowBits;
  }

  /** The window, oldest byte first: a view of memory that `append`, and the `bytes` of another window, change. */
  get bytes(): Uint8Array {
    if (this.#start === 0) return this.#buffer.subarray(0, this.#length);
    row ??= new Uint8Array(LARGEST);
    const bytes = row.subarray(0, this.#length);
    const tail = this.#buffer.subarray(this.#start);
    bytes.set(tail);
    bytes.set(this.#buffer.subarray(0, this.#length - tail.length), tail.length);
    return bytes;
  }

  /** Copies bytes in at the end, and lets the oldest fall out. */
  append(bytes: Uint8Array): void {
    const added = bytes.length > this.#size ? bytes.subarray(bytes.length - this.#size) : bytes;
    const needed = Math.min(this.#length + added.length, this.#size);
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.min(this.#size, Math.max(needed, 2 * this.#buffer.length)));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    const room = this.#buffer.length;
    let at = this.#start + this.#length;
    if (at >= room) at -= room;
    const fitting = Math.min(added.length, room - at);
    this.#buffer.set(fitting === added.length ? added : added.subarray(0, fitting), at);
    if (fitting < added.length) this.#buffer.set(added.subarray(fitting), 0);
    this.#start = (this.#start + this.#length + added.length - needed) % room || 0;
    this.#length = needed;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#start = 0;
    this.#length = 0;
  }
}
