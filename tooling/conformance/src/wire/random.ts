/** Numbers that look random and are the same in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    // xorshift32
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + (this.next() % (to - from + 1));
  }
}

/** `length` bytes of all values. */
export function randomBytes(length: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random.next() >>> 24;
  return bytes;
}

/** `length` bytes of printable ASCII. */
export function randomAscii(length: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = 0x20 + ((random.next() >>> 8) % 95);
  return bytes;
}

/** `length` bytes of UTF-8: characters of one to four bytes. */
export function randomText(length: number, seed = 1): Uint8Array {
  const characters = ['e', 'ß', '€', '😀'].map((character) => new TextEncoder().encode(character));
  const random = new Random(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const character = characters[Math.min(random.next() >>> 30, length - at - 1)]!;
    bytes.set(character, at);
    at += character.length;
  }
  return bytes;
}
