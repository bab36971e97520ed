import type { PayloadMemory } from '@webson/frame';
import type { Platform } from '../contract/platform.js';

/** Bytes of a slab, which small payloads share. An application that keeps one payload keeps at most one slab alive. */
const SLAB_LENGTH = 8 * 1024;
/** A payload of so many bytes or more has memory of its own, which costs hardly more than a share of a slab. */
const OWN_FROM = 4 * 1024;
/** Most bytes that a loop copies faster than a call into the run-time does. */
const LOOP_UP_TO = 32;

/** `set` is looked up once, because V8 takes as long to look it up as to copy a small payload. */
const setBytes = Uint8Array.prototype.set;

/**
 * The memory that payloads are copied to before handlers get them. A handler may keep its payload. All connections of a
 * platform share one.
 *
 * - A payload of 4 KiB or more has a buffer of exactly its size, which the handler may transfer.
 * - Smaller payloads share slabs, whose buffers cannot be transferred. Where the platform has no such memory, every
 *   payload has a buffer of its own.
 * - Every payload begins at a multiple of 8 bytes of its buffer.
 * - A slab that was detached all the same is replaced. Nothing but delivered payloads is lost with it.
 */
export class KeptMemory implements PayloadMemory {
  readonly #platform: Platform;
  readonly #ownFrom: number;
  #slab: Uint8Array = new Uint8Array(0);
  // The buffer of the slab: reading `buffer` of an array is a call into the run-time.
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
    // The length of a detached slab is 0.
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

  // Reserves bytes in the slab, a new one if necessary. Returns the offset.
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
