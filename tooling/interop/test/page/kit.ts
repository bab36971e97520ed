// What tests need on both sides: it is imported by the tests, and runs in pages as the global `kit`.
import { createSHA256, type IHasher } from 'hash-wasm';

const BLOCK = 1024 * 1024;
/** Bytes of each piece that {@link pieces} yields. */
export const PIECE: number = 64 * 1024;

let block: Uint8Array<ArrayBuffer> | undefined;

function randomBlock(): Uint8Array<ArrayBuffer> {
  if (block !== undefined) return block;
  const words = new Uint32Array(BLOCK / 4);
  const next = random(1);
  for (let i = 0; i < words.length; i++) words[i] = next() * 2 ** 32;
  block = new Uint8Array(words.buffer);
  return block;
}

/** Returns a generator of numbers from 0 to below 1 that yields the same ones for the same seed (xorshift). */
export function random(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/**
 * Yields `length` bytes in pieces of {@link PIECE}. They begin with a byte that is `seed`, 0 to 255; the rest depends on it. The
 * first piece belongs to the caller, the others are views of memory that is shared.
 */
export function* pieces(seed: number, length: number): Generator<Uint8Array<ArrayBuffer>> {
  const source = randomBlock();
  for (let at = 0, i = 0; at < length; at += PIECE, i++) {
    const from = (seed * 7919 + i * 65_521) % (BLOCK - PIECE);
    const piece = source.subarray(from, from + Math.min(PIECE, length - at));
    if (i > 0) {
      yield piece;
    } else {
      const first = new Uint8Array(piece);
      first[0] = seed;
      yield first;
    }
  }
}

/** A SHA-256 that is fed piece by piece. */
export class Digest {
  readonly #hash: IHasher;
  /** The first byte of all; -1 before it. */
  first = -1;
  length = 0;

  private constructor(hash: IHasher) {
    this.#hash = hash;
  }

  static async create(): Promise<Digest> {
    return new Digest(await createSHA256());
  }

  update(piece: Uint8Array): void {
    if (this.first < 0 && piece.length > 0) this.first = piece[0]!;
    this.length += piece.length;
    this.#hash.update(piece);
  }

  /** Hexadecimal. It is called once, at the end. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/** Waits until `isSo` returns true. It is asked again after each {@link Watch.changed}. */
export class Watch {
  #waiting: (() => void)[] = [];

  changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Resolves after so many milliseconds. */
export function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
