/** Below this many bytes a view of 64-bit words costs more to make than it saves. */
export const WORDWISE_FROM: number = 96;
/** So far into a buffer its bytes have indices of 31 bits: sums of two of them are quick, and so are shifts. */
export const WORDWISE_TO: number = 0x7fff_ffff;

/** A view of 64-bit words is kept for the buffer seen last, unless keeping it would hold much memory. */
const KEPT_BUFFER_MAX = 1 << 20;

/** The answer of who did not look at every byte. */
export const UNKNOWN: number = 0x80;

let keptBuffer: ArrayBufferLike | undefined;
let keptWords: BigUint64Array = new BigUint64Array(0);

/** The words of `buffer`, at least as many as `count`: a buffer that can be resized may have grown since it was kept. */
export function wordsOf(buffer: ArrayBufferLike, count: number): BigUint64Array {
  if (buffer === keptBuffer && keptWords.length >= count) return keptWords;
  // No shift: a buffer can have 2^32 bytes and more.
  const words = new BigUint64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
  if (buffer.byteLength <= KEPT_BUFFER_MAX) {
    keptBuffer = buffer;
    keptWords = words;
  }
  return words;
}

const keyView = new DataView(new ArrayBuffer(8));
const keyWord = new BigUint64Array(keyView.buffer);

/**
 * Four bytes of a masking key as an integer of 32 bits, signed: the byte at `at` is the lowest, and applies first. Masking
 * functions take keys in this form.
 */
export function keyAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The key that applies `count` bytes further on. */
export function turnKey(key: number, count: number): number {
  const bits = (count & 3) * 8;
  return (key >>> bits) | (key << -bits);
}

/** The key repeated to 64 bits, in the order of bytes that it has in memory. */
export function keyWordOf(key: number): bigint {
  keyView.setInt32(0, key, true);
  keyView.setInt32(4, key, true);
  return keyWord[0]!;
}

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

function xorBytes(bytes: Uint8Array, from: number, to: number, key: number): number {
  const k0 = key & 0xff;
  const k1 = (key >>> 8) & 0xff;
  const k2 = (key >>> 16) & 0xff;
  const k3 = key >>> 24;
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
  for (let left = key; i < to; left >>>= 8) {
    const a = bytes[i]! ^ (left & 0xff);
    bytes[i++] = a;
    seen |= a;
  }
  return seen & 0x80;
}

/**
 * Masks `bytes[from, to)` in place with `key` (RFC 6455 §5.3).
 * Returns 0 when every byte that came out is known to be ASCII: who unmasks a short text learns that for nothing.
 */
export function maskRange(bytes: Uint8Array, from: number, to: number, key: number): number {
  if (to - from < WORDWISE_FROM) return xorBytes(bytes, from, to, key);
  return maskLongRange(bytes, bytes.buffer, bytes.byteOffset, from, to, key);
}

/**
 * As `maskRange`, for at least {@link WORDWISE_FROM} bytes, and for who has asked the array already: `memory` is its buffer,
 * `base` its offset there. For each of them the run-time takes a call.
 */
export function maskLongRange(
  bytes: Uint8Array,
  memory: ArrayBufferLike,
  base: number,
  from: number,
  to: number,
  key: number,
): number {
  if (base + to > WORDWISE_TO) return xorBytes(bytes, from, to, key);
  // Bytes up to the first 64-bit boundary of the underlying buffer, then words, then the rest. Shifts, for they give small
  // integers: given anything else just once, the loop is compiled for that, at half the speed.
  const start = from + (-(base + from) & 7);
  const first = (base + start) >>> 3;
  const count = (to - start) >>> 3;
  xorBytes(bytes, from, start, key);
  const turned = turnKey(key, start - from);
  xorWords(wordsOf(memory, first + count), first, first + count, keyWordOf(turned));
  xorBytes(bytes, start + count * 8, to, turned);
  return UNKNOWN;
}
