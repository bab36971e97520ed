import { WORD_LENGTH, WORD_SHIFT, Words } from './word.js';

/** Ranges of fewer bytes are masked byte by byte: creating a view of words would cost more than it saves. */
export const WORDWISE_FROM: number = 96;
/** Bytes before this offset of a buffer have indices of at most 31 bits, which the compiler adds and shifts quickly. */
export const WORDWISE_TO: number = 0x7fff_ffff;

/** The view of words of the last buffer is kept only if the buffer has at most this many bytes. */
const KEPT_BUFFER_MAX = 1 << 20;

/** Returned by a masking function that did not look at every byte, or found one outside ASCII. */
export const MAY_NOT_BE_ASCII: number = 0x80;

let keptBuffer: ArrayBufferLike | undefined;
let keptWords: Words = /* @__PURE__ */ new Words(0);

/**
 * A view of `buffer` as words, at least `count` of them. A resizable buffer may have grown since its view was
 * kept.
 */
export function wordsOf(buffer: ArrayBufferLike, count: number): Words {
  if (buffer === keptBuffer && keptWords.length >= count) return keptWords;
  // A shift would be wrong here, because a buffer can have 2^32 bytes or more.
  const words = new Words(buffer, 0, Math.floor(buffer.byteLength / WORD_LENGTH));
  if (buffer.byteLength <= KEPT_BUFFER_MAX) {
    keptBuffer = buffer;
    keptWords = words;
  }
  return words;
}

const keyView = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));
const keyWord = /* @__PURE__ */ wordOf(keyView);

function wordOf({ buffer }: DataView<ArrayBuffer>): Words {
  return new Words(buffer);
}

/**
 * The four bytes of a masking key as a signed integer of 32 bits. The byte at `at` is the lowest, and applies first.
 * All masking functions take keys in this form.
 */
export function keyAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The masking key as it applies `count` bytes later in the payload. */
export function rotateKey(key: number, count: number): number {
  const bits = (count & 3) * 8;
  return (key >>> bits) | (key << -bits);
}

/** The masking key repeated to the length of a word, in the byte order that it has in memory. */
export function repeatedKey(key: number): number {
  keyView.setInt32(0, key, true);
  keyView.setInt32(4, key, true);
  return keyWord[0]!;
}

// A separate small function, so that it is compiled for this array type alone; `^=` alone keeps the words unboxed.
function xorWords(words: Words, from: number, to: number, key: number): void {
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
 * Masks `bytes[from, to)` in place with `key` (RFC 6455 §5.3). Returns 0 when every resulting byte is known to be
 * ASCII, which is found out at no cost for short ranges; otherwise {@link MAY_NOT_BE_ASCII}.
 */
export function maskRange(bytes: Uint8Array, from: number, to: number, key: number): number {
  if (to - from < WORDWISE_FROM) return xorBytes(bytes, from, to, key);
  return maskLongRange(bytes, bytes.buffer, bytes.byteOffset, from, to, key);
}

/**
 * Does what `maskRange` does for at least {@link WORDWISE_FROM} bytes. The caller passes the buffer of the array as
 * `memory` and its offset there as `base`, because reading either is a call in the run-time.
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
  // First the bytes up to the boundary of a word in the buffer, then words, then the remaining bytes. The indices are
  // computed by shifts, which always give small integers: had the loop ever seen another number, it would run at half
  // the speed.
  const start = from + (-(base + from) & (WORD_LENGTH - 1));
  const first = (base + start) >>> WORD_SHIFT;
  const count = (to - start) >>> WORD_SHIFT;
  xorBytes(bytes, from, start, key);
  const rotated = rotateKey(key, start - from);
  xorWords(wordsOf(memory, first + count), first, first + count, repeatedKey(rotated));
  xorBytes(bytes, start + count * WORD_LENGTH, to, rotated);
  return MAY_NOT_BE_ASCII;
}
