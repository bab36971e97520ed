import type { Platform } from '../contract/platform.js';

/** The size of a slab in bytes. */
const SLAB_LENGTH = 512 * 1024;
/** The size in bytes of the largest block of an outbox's own. A slab with less room left is not lent any more. */
export const LARGEST_BLOCK: number = 64 * 1024;
/** Most bytes that an outbox may borrow. */
export const LARGEST_LOAN: number = SLAB_LENGTH / 2;

/**
 * Memory into which the outboxes of all connections encode.
 *
 * Invariants:
 * - It is lent to one outbox at a time, until the transport has taken the bytes.
 * - Bytes that a transport still reads from are never lent again.
 */
export class Slab {
  readonly #platform: Platform;
  #bytes: Uint8Array | undefined;
  #used = 0;
  #isLent = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Returns all free bytes of the slab, `length` or more; undefined when another outbox has borrowed it. */
  borrow(length: number): Uint8Array | undefined {
    if (this.#isLent) return undefined;
    if (this.#bytes === undefined || this.#bytes.length - this.#used < Math.max(length, LARGEST_BLOCK)) {
      this.#bytes = this.#platform.allocate(SLAB_LENGTH);
      this.#used = 0;
    }
    this.#isLent = true;
    return this.#used === 0 ? this.#bytes : this.#bytes.subarray(this.#used);
  }

  /** Ends the loan. @param used the number of lent bytes that a transport still reads from. */
  giveBack(used: number): void {
    this.#isLent = false;
    this.#used += used;
  }
}

const slabs = new WeakMap<Platform, Slab>();

/** Returns the slab that all connections of a platform share. */
export function slabOf(platform: Platform): Slab {
  let slab = slabs.get(platform);
  if (slab === undefined) {
    slab = new Slab(platform);
    slabs.set(platform, slab);
  }
  return slab;
}
