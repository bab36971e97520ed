import type { Platform } from '../contract/platform.js';

/** Room that replies are encoded in: one for all connections, lent to one at a time until its bytes are written. */
const SLAB_LENGTH = 512 * 1024;
/** Bytes of the largest block of an outbox's own; a slab that has less left is not lent any more. */
export const LARGEST_BLOCK: number = 64 * 1024;
/** Bytes that may be asked of a slab. */
export const LARGEST_LOAN: number = SLAB_LENGTH / 2;

/** Memory that outboxes encode into, lent to one of them at a time. */
export class Slab {
  readonly #platform: Platform;
  #bytes: Uint8Array | undefined;
  #used = 0;
  #isLent = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** At least `length` bytes of the slab, as many as it has, or nothing when another outbox has it. */
  borrow(length: number): Uint8Array | undefined {
    if (this.#isLent) return undefined;
    if (this.#bytes === undefined || this.#bytes.length - this.#used < Math.max(length, LARGEST_BLOCK)) {
      this.#bytes = this.#platform.allocate(SLAB_LENGTH);
      this.#used = 0;
    }
    this.#isLent = true;
    return this.#used === 0 ? this.#bytes : this.#bytes.subarray(this.#used);
  }

  /** @param used bytes of what was lent that a transport still reads from; they are never lent again. */
  giveBack(used: number): void {
    this.#isLent = false;
    this.#used += used;
  }
}

const slabs = new WeakMap<Platform, Slab>();

/** The slab of all connections of a platform. */
export function slabOf(platform: Platform): Slab {
  let slab = slabs.get(platform);
  if (slab === undefined) {
    slab = new Slab(platform);
    slabs.set(platform, slab);
  }
  return slab;
}
