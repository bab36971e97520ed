/**
 * How a link breaks. 'end': the receiver sees the end of the stream, and later bytes are dropped. 'drop': both sockets
 * are closed. 'reset': both ends get an RST. 'stall': nothing more moves in that direction, not even an end.
 */
export type BreakKind = 'end' | 'drop' | 'reset' | 'stall';

/** After which byte of one direction a link breaks, and how. */
export interface Break {
  readonly kind: BreakKind;
  /** The number of bytes that still pass. With 0 the link breaks when the first byte arrives. */
  readonly after: number;
  /**
   * Where `after` is counted from: 'start', the default, is now; 'head' is the end of the first HTTP head in the
   * stream.
   */
  readonly from?: 'start' | 'head';
}

/** Finds the byte after which a link breaks. */
export class BreakPoint {
  #bytesLeft: number;
  #hasPassed = false;
  // The last bytes that have passed, as long as the HTTP head has not ended.
  #headTail: string | undefined;

  /** @throws RangeError when `after` is not a whole number from 0 on. */
  constructor({ after, from = 'start' }: Break) {
    if (!Number.isSafeInteger(after) || after < 0) {
      throw new RangeError(`after: a whole number from 0 on expected, got ${after}`);
    }
    this.#bytesLeft = after;
    if (from === 'head') this.#headTail = '';
  }

  /** True when bytes have passed. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** True when no further byte passes. */
  get isReached(): boolean {
    return this.#headTail === undefined && this.#bytesLeft === 0;
  }

  /** How many of the next bytes may pass before the link breaks. */
  reach(bytes: Uint8Array): number {
    let headLength = 0;
    if (this.#headTail !== undefined) {
      const before = this.#headTail.length;
      const text = this.#headTail + latin1(bytes);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return bytes.length;
      headLength = end + 4 - before;
    }
    return headLength + Math.min(bytes.length - headLength, this.#bytesLeft);
  }

  /** Counts bytes that have passed, no more than `reach` allowed. */
  pass(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#hasPassed = true;
    let length = bytes.length;
    if (this.#headTail !== undefined) {
      const before = this.#headTail.length;
      this.#headTail += latin1(bytes);
      const end = this.#headTail.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#headTail = this.#headTail.slice(-3);
        return;
      }
      length -= end + 4 - before;
      this.#headTail = undefined;
    }
    this.#bytesLeft -= length;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
