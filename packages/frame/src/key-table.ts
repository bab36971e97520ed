/**
 * Key words laid out for the loop over 64-bit words. A constant of the module, and read at indices that are seen to be
 * below its length: the compiler then needs neither a check nor a register to read a key word.
 */
const TABLE_WORDS = 8192;
/** Words that the loop takes at a time: it looks that far beyond the end of a period. */
const UNROLLED = 32;
const table = new BigUint64Array(TABLE_WORDS + UNROLLED);
const tableBytes = new Uint8Array(table.buffer);

/** The table has an area for each of the eight ways in which 64-bit words can lie on the bytes of the key used last. */
const AREA_WORDS = TABLE_WORDS / 8;
const LONGEST_IN_AREA = AREA_WORDS - UNROLLED;
let laidOut: object | undefined;
/** A bit for each area that is filled. */
let filledAreas = 0;
/** Of a key too long for the areas: how many words of it, from which byte on. */
let filledWords = 0;
let filledFrom = 0;

/** Word indices are below 2^30: the compiler, being told, does not look for an overflow after adding to one. */
const INDEX_BITS = 0x3fff_ffff;

// Masks words[start, end) with `masking` and the key words from table[first] on; at `wrap` they begin again, `period`
// words before it.
function xorWords(
  words: BigUint64Array,
  start: number,
  end: number,
  first: number,
  wrap: number,
  period: number,
  masking: bigint,
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

// Words after which the key begins again at a word; a multiple of that, where the loop takes more at a time.
function periodOf(length: number): number {
  const words = length % 8 === 0 ? length / 8 : length / 4;
  return words >= UNROLLED ? words : words * Math.ceil(UNROLLED / words);
}

// Writes `count` words of the key, from `position` on, to table[first].
function layOut(key: Uint8Array, position: number, first: number, count: number): void {
  const start = first * 8;
  const length = count * 8;
  const atEnd = Math.min(key.length - position, length);
  tableBytes.set(key.subarray(position, position + atEnd), start);
  let filled = Math.min(key.length, length);
  if (filled > atEnd) tableBytes.set(key.subarray(0, filled - atEnd), start + atEnd);
  for (; filled < length; filled *= 2) {
    tableBytes.copyWithin(start + filled, start, start + Math.min(filled, length - filled));
  }
}

/**
 * Masks words[start, start + count) with `masking` and with `key`, more than 4 bytes and a multiple of 4, from its byte
 * `position` on.
 *
 * @param owner stands for a key that never changes and will come again: it stays laid out.
 */
export function maskWords(
  words: BigUint64Array,
  start: number,
  count: number,
  key: Uint8Array,
  position: number,
  owner: object | undefined,
  masking: bigint,
): void {
  const period = periodOf(key.length);
  if (owner === undefined || laidOut !== owner) {
    laidOut = owner;
    filledAreas = 0;
    filledWords = 0;
  }
  if (owner !== undefined && period <= LONGEST_IN_AREA) {
    const area = position & 7;
    const first = area * AREA_WORDS;
    if ((filledAreas & (1 << area)) === 0) {
      layOut(key, area, first, period + UNROLLED);
      filledAreas |= 1 << area;
    }
    xorWords(words, start, start + count, first + (position >>> 3), first + period, period, masking);
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
      layOut(key, (position + done * 8) % key.length, 0, size);
      xorWords(words, start + done, start + done + size, 0, TABLE_WORDS, TABLE_WORDS, masking);
    }
  }
}
