/** Bytes that both ends know: the same for the same seed. */
export function bytesOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

const LETTERS = 'aé水😀 ';

/** Text of so many bytes of UTF-8, with characters of every length if there is room. */
export function textOf(length: number): string {
  const whole = Math.floor(length / 11);
  return LETTERS.repeat(whole) + 'z'.repeat(length - 11 * whole);
}

/** A number that tells bytes apart, and depends on their order. It may be taken piece by piece. */
export function digestOf(bytes: Uint8Array, begin = 0): number {
  let digest = begin;
  for (const byte of bytes) digest = (Math.imul(digest, 31) + byte) | 0;
  return digest;
}

/** The bytes in pieces of `length`. */
export function* piecesOf(bytes: Uint8Array, length: number): Generator<Uint8Array, void, undefined> {
  for (let begin = 0; begin < bytes.length; begin += length) yield bytes.subarray(begin, begin + length);
}
