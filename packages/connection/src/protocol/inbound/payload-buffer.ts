import type { Platform } from '../contract/platform.js';

/** A frame may announce more than it ever sends; no more than this is set aside on its word alone. */
const TRUSTED_LENGTH = 1 << 20;
const SMALLEST = 256;
/** To keep a message keeps no more than so many bytes beside it. */
const KEPT_BESIDE = 8 * 1024;

/**
 * Collects a message's payload in one piece of memory that grows with what has come: tiny chunks cost their bytes and
 * nothing more.
 */
export class PayloadBuffer {
  readonly #platform: Platform;
  #bytes: Uint8Array;
  #length = 0;

  /** @param expected bytes announced so far; the memory grows to just that when they come. */
  constructor(platform: Platform, expected: number) {
    this.#platform = platform;
    this.#bytes = platform.allocate(Math.max(Math.min(expected, TRUSTED_LENGTH), SMALLEST));
  }

  get length(): number {
    return this.#length;
  }

  /** @param total bytes of the whole message; Infinity while its last frame has not begun. */
  append(slice: Uint8Array, total: number): void {
    const needed = this.#length + slice.length;
    if (needed > this.#bytes.length) {
      // Never by a fragment at a time, which would copy all that has come with each.
      const doubled = this.#bytes.length * 2;
      const grown = this.#platform.allocate(Math.max(needed, Math.min(doubled, total)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(slice, this.#length);
    this.#length = needed;
  }

  /** The payload: in a buffer that is nobody else's, and hardly larger. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
    if (this.#bytes.length - this.#length <= KEPT_BESIDE) return bytes;
    const fitting = this.#platform.allocate(this.#length);
    fitting.set(bytes);
    return fitting;
  }
}
