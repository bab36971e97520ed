/** Most bytes of the header of an unmasked frame. */
const LONGEST_HEADER = 10;
const LONG_LENGTH = 126;
const LONGEST_LENGTH = 127;

/**
 * Finds the ends of unmasked frames in bytes that come in pieces (RFC 6455 §5.2). It looks at lengths only: whether a frame is
 * valid is for the decoder to say.
 */
export class FrameWalker {
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerLength = 0;
  // The bytes of payload of the current frame that have not passed yet. It counts once the header is complete.
  #left = 0;

  /** True between two frames. */
  get isBetweenFrames(): boolean {
    return this.#headerLength === 0;
  }

  /** Walks over bytes of one frame. @returns the index after its last byte, or `bytes.length` if it does not end before. */
  walk(bytes: Uint8Array, from: number): number {
    let at = from;
    while (!this.#isHeaderComplete) {
      if (at >= bytes.length) return at;
      this.#header[this.#headerLength++] = bytes[at++]!;
      if (this.#isHeaderComplete) this.#left = payloadLength(this.#header);
    }
    const taken = Math.min(this.#left, bytes.length - at);
    this.#left -= taken;
    if (this.#left === 0) this.#headerLength = 0;
    return at + taken;
  }

  get #isHeaderComplete(): boolean {
    return this.#headerLength >= 2 && this.#headerLength === headerLengthOf(this.#header);
  }
}

function headerLengthOf(header: Uint8Array): number {
  const short = header[1]! & 0x7f;
  return short === LONGEST_LENGTH ? LONGEST_HEADER : short === LONG_LENGTH ? 4 : 2;
}

function payloadLength(header: Uint8Array): number {
  const short = header[1]! & 0x7f;
  if (short < LONG_LENGTH) return short;
  const view = new DataView(header.buffer);
  // A number above 2^53 is not exact. The decoder refuses it from the header.
  return short === LONG_LENGTH ? view.getUint16(2) : Number(view.getBigUint64(2));
}
