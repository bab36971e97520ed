import type { Platform } from '../contract/platform.js';

/**
 * Most bytes that are allocated because a header announces them: a frame may announce more than its sender ever sends.
 */
const TRUSTED_LENGTH = 1 << 20;
const SMALLEST = 256;
/** Most bytes of unused memory that a delivered payload may keep alive. */
const KEPT_BESIDE = 8 * 1024;

/**
 * Collects the payload of a message in one piece of memory that grows with the bytes that arrive, so that many tiny
 * chunks take no more memory than their bytes.
 */
export class PayloadBuffer {
  readonly #platform: Platform;
  #bytes: Uint8Array;
  #length = 0;

  /** @param expected bytes announced so far. */
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
      // Growing by one fragment at a time would copy the whole payload again for each fragment.
      const doubled = this.#bytes.length * 2;
      const grown = this.#platform.allocate(Math.max(needed, Math.min(doubled, total)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(slice, this.#length);
    this.#length = needed;
  }

  /** Returns the payload, in a buffer that nothing else uses and that is hardly larger. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
    if (this.#bytes.length - this.#length <= KEPT_BESIDE) return bytes;
    const fitting = this.#platform.allocate(this.#length);
    fitting.set(bytes);
    return fitting;
  }
}
