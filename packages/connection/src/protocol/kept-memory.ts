import type { Platform } from './platform.js';

/** Few bytes share a slab of this many with others: to keep them keeps no more than that. */
const SLAB_LENGTH = 8 * 1024;
/** More than these have memory of their own. */
const SHARED_UP_TO = 4 * 1024;

/** Where bytes are copied that a transport has only lent and a handler may keep. One for all connections. */
export class KeptMemory {
  readonly #platform: Platform;
  #slab: Uint8Array = new Uint8Array(0);
  // Of the slab, which takes a call to say so.
  #buffer: ArrayBufferLike = this.#slab.buffer;
  #base = 0;
  #used = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** A copy of `bytes`. */
  keep(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length > SHARED_UP_TO) {
      const own = this.#platform.allocate(length);
      own.set(bytes);
      return own;
    }
    if (this.#slab.length - this.#used < length) {
      this.#slab = this.#platform.allocateShared(SLAB_LENGTH);
      this.#buffer = this.#slab.buffer;
      this.#base = this.#slab.byteOffset;
      this.#used = 0;
    }
    const start = this.#used;
    this.#used = start + length;
    this.#slab.set(bytes, start);
    return new Uint8Array(this.#buffer, this.#base + start, length);
  }
}

const memories = new WeakMap<Platform, KeptMemory>();

/** The memory that all connections of a platform share. */
export function keptMemoryOf(platform: Platform): KeptMemory {
  let memory = memories.get(platform);
  if (memory === undefined) {
    memory = new KeptMemory(platform);
    memories.set(platform, memory);
  }
  return memory;
}
