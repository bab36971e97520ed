/** Tells whether bytes are complete, valid UTF-8, as `isUtf8` of `node:buffer` does. */
export type Utf8Check = (bytes: Uint8Array) => boolean;

/** From this many bytes on, a call of the given check is faster than the loop in this file. */
const CHECK_FROM = 64;

/** A lower bound that no byte reaches. It marks a text that is already known to be wrong. */
const BROKEN = 0x100;

/**
 * Checks text that arrives in slices for UTF-8 (RFC 3629; RFC 6455 §8.1).
 *
 * - A text is refused at its first wrong byte, and stays refused until `reset`.
 * - Overlong forms, surrogates, values above U+10FFFF and truncated sequences are refused.
 * - A character may be split between slices.
 */
export class Utf8Validator {
  readonly #check: Utf8Check | undefined;
  // Continuation bytes that the current character still needs, and the range that the next of them must lie in.
  #owed = 0;
  #low = 0x80;
  #high = 0xbf;

  /** @param check a faster check of complete text, if the run-time offers one. */
  constructor(check?: Utf8Check) {
    this.#check = check;
  }

  /** True when the text so far does not end inside a character, so that it may end here. */
  get isComplete(): boolean {
    return this.#owed === 0;
  }

  /** Starts a new text. */
  reset(): void {
    this.#owed = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
  }

  /**
   * Checks the next slice. Returns false as soon as the text cannot be UTF-8, whatever follows, and for every slice
   * after that until `reset`.
   */
  push(slice: Uint8Array): boolean {
    if (this.#low === BROKEN) return false;
    if (this.#takes(slice)) return true;
    this.#owed = 1;
    this.#low = BROKEN;
    return false;
  }

  #takes(slice: Uint8Array): boolean {
    let from = 0;
    if (this.#check !== undefined && slice.length >= CHECK_FROM) {
      // The loop checks the characters that are cut off at either end of the slice, the given check all that lies
      // between.
      from = Math.min(this.#owed, slice.length);
      if (!this.#scan(slice, 0, from)) return false;
      const to = lastBoundary(slice);
      if (to > from) {
        if (!this.#check(slice.subarray(from, to))) return false;
        from = to;
      }
    }
    return this.#scan(slice, from, slice.length);
  }

  #scan(bytes: Uint8Array, from: number, to: number): boolean {
    let owed = this.#owed;
    let low = this.#low;
    let high = this.#high;
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      if (owed > 0) {
        if (byte < low || byte > high) return false;
        low = 0x80;
        high = 0xbf;
        owed--;
      } else if (byte >= 0x80) {
        if (byte < 0xc2 || byte > 0xf4) return false;
        owed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        // The second byte decides on overlong forms, surrogates and values above U+10FFFF.
        if (byte === 0xe0) low = 0xa0;
        else if (byte === 0xf0) low = 0x90;
        else if (byte === 0xed) high = 0x9f;
        else if (byte === 0xf4) high = 0x8f;
      }
    }
    this.#owed = owed;
    this.#low = low;
    this.#high = high;
    return true;
  }
}

// The start of the last character of `bytes` if that character is cut off; otherwise the length of `bytes`.
function lastBoundary(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return size > back ? end - back : end;
    }
  }
  return end;
}

/** True when `bytes` is complete, valid UTF-8 (RFC 3629). */
export function isValidUtf8(bytes: Uint8Array): boolean {
  const validator = new Utf8Validator();
  return validator.push(bytes) && validator.isComplete;
}
