/**
 * Bytes of a word, the unit that long ranges are masked in: 4 or 8.
 *
 * - V8 masks words of 64 bits without making bigints of them, twice as fast as words of 32 bits.
 * - JavaScriptCore, the engine of Bun and Safari, makes a bigint of every word of 64 bits that it reads: masking takes a
 *   hundred times as long as with words of 32 bits. It is the engine whose errors have a `line`.
 */
export const WORD_LENGTH: number = 'line' in new Error('no error') ? 4 : 8;

/** The offset of a byte, shifted to the right by so many bits, is the index of its word. */
export const WORD_SHIFT: number = WORD_LENGTH === 8 ? 3 : 2;

/**
 * An array of words. Its type is that of words of 32 bits, whatever their length: words are combined by `^`, and with
 * other words only, which means the same for bigints.
 */
export type Words = Int32Array;

/** The class of {@link Words}. */
export const Words: typeof Int32Array =
  WORD_LENGTH === 8 ? (BigUint64Array as unknown as typeof Int32Array) : Int32Array;
