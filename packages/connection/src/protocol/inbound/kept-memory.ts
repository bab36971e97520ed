import type { PayloadMemory } from '@webson/frame';
import type { Platform } from '../contract/platform.js';

/** Small payloads share a slab of this many bytes with others: to keep one of them keeps no more than that. */
const SLAB_LENGTH = 8 * 1024;
/** From so many bytes on a payload has memory of its own: that costs hardly more then. */
const OWN_FROM = 4 * 1024;
/** Up to so many bytes a loop over them beats a call into the run-time. */
const LOOP_UP_TO = 32;

/** Looked up once: V8 takes as long for that as for the copy of a small payload. */
const setBytes = Uint8Array.prototype.set;

/**
 * Where payloads are copied that handlers get, and may keep. One for all connections.
 *
 * - A payload of 4 KiB or more has a buffer of just its size: who has it may transfer that.
 * - Smaller ones share slabs, of which nobody can take a part away from the others. Where a run-time has no such memory
 *   nothing is shared.
 * - Every payload begins at a multiple of 8 bytes of its buffer.
 * - A slab that was detached all the same is given up: nothing but payloads that were handed over ever lies in one.
 */
export class KeptMemory implements PayloadMemory {
  readonly #platform: Platform;
  readonly #ownFrom: number;
  #slab: Uint8Array = new Uint8Array(0);
  // Of the slab, which takes a call to say so.
  #buffer: ArrayBufferLike = this.#slab.buffer;
  #used = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#ownFrom = platform.allocateShared === undefined ? 0 : OWN_FROM;
  }

  get mostInRun(): number {
    return OWN_FROM - 1;
  }

  get room(): number {
    // The length of what is detached is 0.
    return Math.max(this.#slab.length - this.#used, 0);
  }

  keep(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const length = to - from;
    if (length >= this.#ownFrom) {
      const own = this.#platform.allocate(length);
      setBytes.call(own, bytes.subarray(from, to));
      return own;
    }
    const at = this.#take(length);
    if (length > LOOP_UP_TO) {
      setBytes.call(this.#slab, bytes.subarray(from, to), at);
    } else {
      const slab = this.#slab;
      for (let i = 0; i < length; i++) slab[at + i] = bytes[from + i]!;
    }
    return new Uint8Array(this.#buffer, at, length);
  }

  keepRun(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const length = to - from;
    const at = this.#take(length);
    setBytes.call(this.#slab, length === bytes.length ? bytes : bytes.subarray(from, to), at);
    return new Uint8Array(this.#buffer, at, length);
  }

  // Where in the slab so many bytes may be written.
  #take(length: number): number {
    if (this.#slab.length - this.#used < length) {
      this.#slab = this.#platform.allocateShared!(SLAB_LENGTH);
      this.#buffer = this.#slab.buffer;
      this.#used = 0;
    }
    const at = this.#used;
    this.#used = (at + length + 7) & ~7;
    return at;
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
