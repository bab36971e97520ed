/** Below this many bytes a view of 64-bit words costs more to make than it saves. */
export const WORDWISE_FROM: number = 96;

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
