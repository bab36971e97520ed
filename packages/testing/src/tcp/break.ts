/**
 * What happens to a link at some byte: 'end', the receiver sees the end of the stream, and the rest is dropped; 'drop', both sockets
 * are closed; 'reset', both ends get RST; 'stall', nothing moves in that direction any more, not even its end.
 */
export type BreakKind = 'end' | 'drop' | 'reset' | 'stall';

/** Where on its way in one direction a link breaks, and how. */
export interface Break {
  readonly kind: BreakKind;
  /** So many bytes still pass; with 0 it breaks when the first one comes. They are */
  readonly after: number;
  /** counted from now on, which is the default, or from the end of the first HTTP head in it. */
  readonly from?: 'start' | 'head';
}

/** Finds the byte after which a link breaks. */
export class BreakPoint {
  #left: number;
  #hasPassed = false;
  // The end of what has passed, as long as no head has ended.
  #head: string | undefined;

  /** @throws RangeError when `after` is not a whole number from 0 on. */
  constructor({ after, from = 'start' }: Break) {
    if (!Number.isSafeInteger(after) || after < 0) {
      throw new RangeError(`after: a whole number from 0 on expected, got ${after}`);
    }
    this.#left = after;
    if (from === 'head') this.#head = '';
  }

  /** True when bytes have passed. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** True when no further byte passes. */
  get isReached(): boolean {
    return this.#head === undefined && this.#left === 0;
  }

  /** How many of the next bytes pass before it. */
  reach(bytes: Uint8Array): number {
    let headLength = 0;
    if (this.#head !== undefined) {
      const before = this.#head.length;
      const text = this.#head + latin1(bytes);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return bytes.length;
      headLength = end + 4 - before;
    }
    return headLength + Math.min(bytes.length - headLength, this.#left);
  }

  /** The next bytes have passed, no more than `reach` lets. */
  pass(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#hasPassed = true;
    let length = bytes.length;
    if (this.#head !== undefined) {
      const before = this.#head.length;
      this.#head += latin1(bytes);
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#head = this.#head.slice(-3);
        return;
      }
      length -= end + 4 - before;
      this.#head = undefined;
    }
    this.#left -= length;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
