/** Bytes of the largest window. */
const LARGEST = 32_768;

/** Memory in which a window whose bytes wrap around its buffer is put in order. All windows share it. */
let unwrapped: Uint8Array | undefined;

/**
 * The last `2 ** windowBits` bytes of the uncompressed messages of one direction. Context takeover means that the next
 * message may refer back to them (RFC 7692 §7.1.1).
 *
 * - The buffer starts empty and grows with its content, so that quiet connections stay cheap.
 * - Once the buffer has its full size it is used as a ring: `#start` is the index of the oldest byte.
 */
export class SlidingWindow {
  readonly #size: number;
  #buffer = new Uint8Array(0);
  #start = 0;
  #length = 0;

  /** @param windowBits 8 to 15. */
  constructor(windowBits: number) {
    this.#size = 2 ** windowBits;
  }

  /**
   * The window, oldest byte first, as a view of memory that the next `append`, or `bytes` of another window, changes.
   */
  get bytes(): Uint8Array {
    if (this.#start === 0) return this.#buffer.subarray(0, this.#length);
    unwrapped ??= new Uint8Array(LARGEST);
    const bytes = unwrapped.subarray(0, this.#length);
    const tail = this.#buffer.subarray(this.#start);
    bytes.set(tail);
    bytes.set(this.#buffer.subarray(0, this.#length - tail.length), tail.length);
    return bytes;
  }

  /** Copies bytes to the end of the window, and drops the oldest ones that no longer fit. */
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

  /** Empties the window and frees its memory. */
  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#start = 0;
    this.#length = 0;
  }
}
