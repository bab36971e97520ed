/** Below this many bytes a view of 64-bit words costs more to make than it saves. */
const WORDWISE_FROM = 96;

/** A view of 64-bit words is kept for the buffer seen last, unless keeping it would hold much memory. */
const KEPT_BUFFER_MAX = 1 << 20;

/** The answer of who did not look at every byte. */
const UNKNOWN = 0x80;

let keptBuffer: ArrayBufferLike | undefined;
let keptWords: BigUint64Array = new BigUint64Array(0);

// The words of `buffer`, at least as many as `count`: a buffer that can be resized may have grown since it was kept.
function wordsOf(buffer: ArrayBufferLike, count: number): BigUint64Array {
  if (buffer === keptBuffer && keptWords.length >= count) return keptWords;
  // No shift: a buffer can have 2^32 bytes and more.
  const words = new BigUint64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  if (buffer.byteLength <= KEPT_BUFFER_MAX) {
    keptBuffer = buffer;
    keptWords = words;
  }
  return words;
}

const keyBytes = new Uint8Array(8);
const keyWord = new BigUint64Array(keyBytes.buffer);

// A small function of its own, so that it is compiled for just this array; `^=` alone keeps the words unboxed.
function xorWords(words: BigUint64Array, from: number, to: number, key: bigint): void {
  let i = from;
  for (const unrolled = to - 7; i < unrolled; i += 8) {
    words[i]! ^= key;
    words[i + 1]! ^= key;
    words[i + 2]! ^= key;
    words[i + 3]! ^= key;
    words[i + 4]! ^= key;
    words[i + 5]! ^= key;
    words[i + 6]! ^= key;
    words[i + 7]! ^= key;
  }
  for (; i < to; i++) words[i]! ^= key;
}

function xorBytes(bytes: Uint8Array, from: number, to: number, k0: number, k1: number, k2: number, k3: number): number {
  let seen = 0;
  let i = from;
  for (const unrolled = to - 3; i < unrolled; i += 4) {
    const a = bytes[i]! ^ k0;
    const b = bytes[i + 1]! ^ k1;
    const c = bytes[i + 2]! ^ k2;
    const d = bytes[i + 3]! ^ k3;
    bytes[i] = a;
    bytes[i + 1] = b;
    bytes[i + 2] = c;
    bytes[i + 3] = d;
    seen |= a | b | c | d;
  }
  if (i < to) {
    const a = bytes[i]! ^ k0;
    bytes[i] = a;
    seen |= a;
    if (++i < to) {
      const b = bytes[i]! ^ k1;
      bytes[i] = b;
      seen |= b;
      if (++i < to) {
        const c = bytes[i]! ^ k2;
        bytes[i] = c;
        seen |= c;
      }
    }
  }
  return seen & 0x80;
}

/**
 * Masks `bytes[from, to)` in place with the four key bytes, `k0` applying to `bytes[from]` (RFC 6455 §5.3).
 * Returns 0 when every byte that came out is known to be ASCII: who unmasks a short text learns that for nothing.
 */
export function maskRange(
  bytes: Uint8Array,
  from: number,
  to: number,
  k0: number,
  k1: number,
  k2: number,
  k3: number,
): number {
  if (to - from < WORDWISE_FROM) return xorBytes(bytes, from, to, k0, k1, k2, k3);
  const base = bytes.byteOffset;
  // Bytes up to the first 64-bit boundary of the underlying buffer, then words, then the rest.
  const start = from + (-(base + from) & 7);
  const count = Math.floor((to - start) / 8);
  const end = start + count * 8;
  xorBytes(bytes, from, start, k0, k1, k2, k3);
  const turn = (start - from) & 3;
  const r0 = turn === 0 ? k0 : turn === 1 ? k1 : turn === 2 ? k2 : k3;
  const r1 = turn === 0 ? k1 : turn === 1 ? k2 : turn === 2 ? k3 : k0;
  const r2 = turn === 0 ? k2 : turn === 1 ? k3 : turn === 2 ? k0 : k1;
  const r3 = turn === 0 ? k3 : turn === 1 ? k0 : turn === 2 ? k1 : k2;
  keyBytes[0] = keyBytes[4] = r0;
  keyBytes[1] = keyBytes[5] = r1;
  keyBytes[2] = keyBytes[6] = r2;
  keyBytes[3] = keyBytes[7] = r3;
  const first = (base + start) / 8;
  xorWords(wordsOf(bytes.buffer, first + count), first, first + count, keyWord[0]!);
  xorBytes(bytes, end, to, r0, r1, r2, r3);
  return UNKNOWN;
}

function maskRangeWide(bytes: Uint8Array, from: number, to: number, key: Uint8Array, position: number): void {
  const length = key.length;
  let at = position % length;
  let i = from;
  if (to - from >= WORDWISE_FROM) {
    const base = bytes.byteOffset;
    const start = from + (-(base + from) & 7);
    at = xorBytesWide(bytes, from, start, key, at);
    const first = (base + start) / 8;
    const count = Math.floor((to - start) / 8);
    xorWordsWide(wordsOf(bytes.buffer, first + count), first, first + count, turnedKey(key, at));
    i = start + count * 8;
    at = (at + count * 8) % length;
  }
  xorBytesWide(bytes, i, to, key, at);
}

function xorBytesWide(bytes: Uint8Array, from: number, to: number, key: Uint8Array, position: number): number {
  let at = position;
  for (let i = from; i < to; i++) {
    bytes[i]! ^= key[at]!;
    if (++at === key.length) at = 0;
  }
  return at;
}

// The key as it stands from `position` on, repeated to a whole number of times eight 64-bit words.
function turnedKey(key: Uint8Array, position: number): BigUint64Array {
  const length = key.length;
  let total = length;
  while (total % 64 !== 0) total *= 2;
  const turned = new Uint8Array(total);
  turned.set(key.subarray(position));
  turned.set(key.subarray(0, position), length - position);
  for (let filled = length; filled < total; filled *= 2) turned.copyWithin(filled, 0, filled);
  return new BigUint64Array(turned.buffer);
}

function xorWordsWide(words: BigUint64Array, from: number, to: number, key: BigUint64Array): void {
  const period = key.length;
  let i = from;
  let k = 0;
  for (const unrolled = to - 7; i < unrolled; i += 8) {
    words[i]! ^= key[k]!;
    words[i + 1]! ^= key[k + 1]!;
    words[i + 2]! ^= key[k + 2]!;
    words[i + 3]! ^= key[k + 3]!;
    words[i + 4]! ^= key[k + 4]!;
    words[i + 5]! ^= key[k + 5]!;
    words[i + 6]! ^= key[k + 6]!;
    words[i + 7]! ^= key[k + 7]!;
    k += 8;
    if (k === period) k = 0;
  }
  for (; i < to; i++, k++) words[i]! ^= key[k]!;
}

/**
 * As {@link maskRange}, with a key of any length that is a multiple of 4 (4 itself, or one widened by a private mask),
 * `key[position % key.length]` applying to `bytes[from]`.
 */
export function maskRangeWith(bytes: Uint8Array, from: number, to: number, key: Uint8Array, position: number): number {
  if (key.length !== 4) {
    maskRangeWide(bytes, from, to, key, position);
    return UNKNOWN;
  }
  return maskRange(
    bytes,
    from,
    to,
    key[position & 3]!,
    key[(position + 1) & 3]!,
    key[(position + 2) & 3]!,
    key[(position + 3) & 3]!,
  );
}

/**
 * Masks, or unmasks, `bytes` in place (RFC 6455 §5.3).
 *
 * @param key 4 bytes, or a longer multiple of 4 made by {@link widenMaskingKey}.
 * @param position how many payload bytes went before, so that a payload can be masked slice by slice; 0 by default.
 * @returns the position for the slice that follows, in `[0, key.length)`.
 * @throws RangeError when the key's length is not a positive multiple of 4, or the position is negative or not an integer.
 */
export function applyMask(bytes: Uint8Array, key: Uint8Array, position = 0): number {
  if (key.length === 0 || key.length % 4 !== 0) {
    throw new RangeError(`masking key: a positive multiple of 4 bytes expected, got ${key.length}`);
  }
  if (!Number.isInteger(position) || position < 0) {
    throw new RangeError(`mask position: an integer of at least 0 expected, got ${position}`);
  }
  const at = position % key.length;
  maskRangeWith(bytes, 0, bytes.length, key, at);
  return (at + bytes.length) % key.length;
}

/**
 * The masking key widened by a private mask: as long as `privateMask`, `key` repeated and XORed with it.
 *
 * @throws RangeError when `key` is not 4 bytes or `privateMask` not a positive multiple of 4.
 */
export function widenMaskingKey(key: Uint8Array, privateMask: Uint8Array): Uint8Array {
  if (key.length !== 4) throw new RangeError(`masking key: 4 bytes expected, got ${key.length}`);
  checkPrivateMask(privateMask);
  const wide = new Uint8Array(privateMask.length);
  for (let i = 0; i < wide.length; i++) wide[i] = privateMask[i]! ^ key[i & 3]!;
  return wide;
}

/** @throws RangeError unless `privateMask` has a length that is a positive multiple of 4. */
export function checkPrivateMask(privateMask: Uint8Array): void {
  if (privateMask.length === 0 || privateMask.length % 4 !== 0) {
    throw new RangeError(`private mask: a positive multiple of 4 bytes expected, got ${privateMask.length}`);
  }
}
