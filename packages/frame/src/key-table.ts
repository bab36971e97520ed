import { WORD_LENGTH, WORD_SHIFT, Words } from './word.js';

/**
 * The table holds the widened masking key, repeated, as words, so that payload can be masked word by word. A word
 * of payload may begin at any of its bytes in the key; a short key is therefore laid out up to as many times, once
 * for each.
 *
 * - The table holds one key at a time. It is filled anew whenever the owner of the key changes.
 * - The table is a constant of the module, and its indices are visibly below its length: the compiler then needs
 *   neither a bounds check nor a register to read a word of it.
 */
const TABLE_WORDS = 8192;
/** Words that one pass of the unrolled loop masks. The loop may read this many words beyond the end of a period. */
const UNROLLED = 32;
const table = /* @__PURE__ */ new Words(TABLE_WORDS + UNROLLED);
const tableBytes = /* @__PURE__ */ bytesOf(table);

function bytesOf({ buffer }: Words): Uint8Array {
  return new Uint8Array(buffer);
}

/** The table is divided into eight areas; area n holds the key from its byte n on. */
const AREA_WORDS = TABLE_WORDS / 8;
const LONGEST_IN_AREA = AREA_WORDS - UNROLLED;
let tableOwner: object | undefined;
/** A bit mask of the areas that are filled: bit n stands for area n. */
let filledAreas = 0;
/** A key that is too long for an area fills the table from its start: so many words, from this byte of the key on. */
let filledWords = 0;
let filledFrom = 0;

/** Word indices are below 2^30. With this mask the compiler knows it, and does not check additions for overflow. */
const INDEX_BITS = 0x3fff_ffff;

// Masks words[start, end) with `masking` and the key words from table[first] on. An index that reaches `wrap` goes back
// by `period` words.
function xorWords(
  words: Words,
  start: number,
  end: number,
  first: number,
  wrap: number,
  period: number,
  masking: number,
): void {
  const to = end & INDEX_BITS;
  let i = start & INDEX_BITS;
  let k = first & INDEX_BITS;
  for (const unrolled = to - 31; i < unrolled; i += 32) {
    k &= TABLE_WORDS - 1;
    words[i]! ^= table[k]! ^ masking;
    words[i + 1]! ^= table[k + 1]! ^ masking;
    words[i + 2]! ^= table[k + 2]! ^ masking;
    words[i + 3]! ^= table[k + 3]! ^ masking;
    words[i + 4]! ^= table[k + 4]! ^ masking;
    words[i + 5]! ^= table[k + 5]! ^ masking;
    words[i + 6]! ^= table[k + 6]! ^ masking;
    words[i + 7]! ^= table[k + 7]! ^ masking;
    words[i + 8]! ^= table[k + 8]! ^ masking;
    words[i + 9]! ^= table[k + 9]! ^ masking;
    words[i + 10]! ^= table[k + 10]! ^ masking;
    words[i + 11]! ^= table[k + 11]! ^ masking;
    words[i + 12]! ^= table[k + 12]! ^ masking;
    words[i + 13]! ^= table[k + 13]! ^ masking;
    words[i + 14]! ^= table[k + 14]! ^ masking;
    words[i + 15]! ^= table[k + 15]! ^ masking;
    words[i + 16]! ^= table[k + 16]! ^ masking;
    words[i + 17]! ^= table[k + 17]! ^ masking;
    words[i + 18]! ^= table[k + 18]! ^ masking;
    words[i + 19]! ^= table[k + 19]! ^ masking;
    words[i + 20]! ^= table[k + 20]! ^ masking;
    words[i + 21]! ^= table[k + 21]! ^ masking;
    words[i + 22]! ^= table[k + 22]! ^ masking;
    words[i + 23]! ^= table[k + 23]! ^ masking;
    words[i + 24]! ^= table[k + 24]! ^ masking;
    words[i + 25]! ^= table[k + 25]! ^ masking;
    words[i + 26]! ^= table[k + 26]! ^ masking;
    words[i + 27]! ^= table[k + 27]! ^ masking;
    words[i + 28]! ^= table[k + 28]! ^ masking;
    words[i + 29]! ^= table[k + 29]! ^ masking;
    words[i + 30]! ^= table[k + 30]! ^ masking;
    words[i + 31]! ^= table[k + 31]! ^ masking;
    k += 32;
    if (k >= wrap) k -= period;
  }
  for (const unrolled = to - 3; i < unrolled; i += 4) {
    words[i]! ^= table[k]! ^ masking;
    words[i + 1]! ^= table[k + 1]! ^ masking;
    words[i + 2]! ^= table[k + 2]! ^ masking;
    words[i + 3]! ^= table[k + 3]! ^ masking;
    k += 4;
  }
  for (; i < to; i++, k++) words[i]! ^= table[k]! ^ masking;
}

// Words after which the repeated key begins again at the start of a word. Short periods are multiplied, so that one
// pass of the unrolled loop never exceeds a period.
function periodOf(length: number): number {
  const words = length % WORD_LENGTH === 0 ? length / WORD_LENGTH : length / 4;
  return words >= UNROLLED ? words : words * Math.ceil(UNROLLED / words);
}

// Writes `count` words of the repeated key, from its byte `position` on, to the table from index `first` on.
function layOut(key: Uint8Array, position: number, first: number, count: number): void {
  const start = first * WORD_LENGTH;
  const length = count * WORD_LENGTH;
  const atEnd = Math.min(key.length - position, length);
  tableBytes.set(key.subarray(position, position + atEnd), start);
  let filled = Math.min(key.length, length);
  if (filled > atEnd) tableBytes.set(key.subarray(0, filled - atEnd), start + atEnd);
  for (; filled < length; filled *= 2) {
    tableBytes.copyWithin(start + filled, start, start + Math.min(filled, length - filled));
  }
}

/**
 * Masks words[start, start + count) with the word `masking` and with `key`, which is repeated from its byte
 * `position` on. The key has a length that is a multiple of 4 and more than 4 bytes.
 *
 * @param owner identifies a key that never changes and will be used again, so that the table can keep it; undefined for
 *   any other key.
 */
export function maskWords(
  words: Words,
  start: number,
  count: number,
  key: Uint8Array,
  position: number,
  owner: object | undefined,
  masking: number,
): void {
  const period = periodOf(key.length);
  if (owner === undefined || tableOwner !== owner) {
    tableOwner = owner;
    filledAreas = 0;
    filledWords = 0;
  }
  if (owner !== undefined && period <= LONGEST_IN_AREA) {
    const area = position & (WORD_LENGTH - 1);
    const first = area * AREA_WORDS;
    if ((filledAreas & (1 << area)) === 0) {
      layOut(key, area, first, period + UNROLLED);
      filledAreas |= 1 << area;
    }
    xorWords(words, start, start + count, first + (position >>> WORD_SHIFT), first + period, period, masking);
  } else if (period <= TABLE_WORDS) {
    const needed = Math.min(count, period + UNROLLED);
    if (needed > filledWords || position !== filledFrom) {
      layOut(key, position, 0, needed);
      filledWords = needed;
      filledFrom = position;
    }
    xorWords(words, start, start + count, 0, period, period, masking);
  } else {
    for (let done = 0; done < count; done += TABLE_WORDS) {
      const size = Math.min(count - done, TABLE_WORDS);
      layOut(key, (position + done * WORD_LENGTH) % key.length, 0, size);
      xorWords(words, start + done, start + done + size, 0, TABLE_WORDS, TABLE_WORDS, masking);
    }
  }
}
