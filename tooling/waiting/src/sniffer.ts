/** A control frame, or the header of a data frame, as it passed by. */
export interface SeenFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly length: number;
  /** Unmasked: of a control frame all of it, else the first two bytes. */
  readonly payload: Uint8Array;
  /** Its payload was pushed at once, or all of it but a stream header. */
  readonly isInOnePiece: boolean;
}

/** Looks at the frames of one direction of a link without touching the bytes. It knows no private mask. */
export class Sniffer {
  /** Called with every frame, once all of it has passed. */
  readonly #onFrame: (frame: SeenFrame) => void;
  // The header as far as it has come.
  #header: number[] = [];
  #headerLength = 2;
  #length = 0;
  #left = 0;
  #payload: number[] = [];
  #pieces = 0;
  readonly #streamHeader: number;

  /** @param streamHeader bytes at the beginning of each payload that are none of it. */
  constructor(onFrame: (frame: SeenFrame) => void, streamHeader = 0) {
    this.#onFrame = onFrame;
    this.#streamHeader = streamHeader;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#header.length < this.#headerLength) {
        this.#header.push(bytes[at++]!);
        if (this.#header.length === 2) this.#headerLength = 2 + lengthBytes(this.#header) + maskBytes(this.#header);
        if (this.#header.length < this.#headerLength) continue;
        this.#begin();
      } else {
        const end = Math.min(bytes.length, at + this.#left);
        const wanted = this.#wanted;
        for (let i = at; i < end && this.#payload.length < wanted; i++) this.#payload.push(bytes[i]!);
        this.#left -= end - at;
        if (this.#length - this.#left > this.#streamHeader) this.#pieces++;
        at = end;
      }
      if (this.#left === 0) this.#finish();
    }
  }

  /** What has come of a frame whose header is known and whose end is not. */
  get unfinished(): { readonly opcode: number; readonly length: number } | undefined {
    if (this.#header.length < this.#headerLength) return undefined;
    return { opcode: this.#header[0]! & 0x0f, length: this.#length - this.#left };
  }

  get #wanted(): number {
    return Math.min(this.#length, (this.#header[0]! & 0x08) !== 0 ? 125 : 2);
  }

  #begin(): void {
    const count = lengthBytes(this.#header);
    this.#length = count === 0 ? this.#header[1]! & 0x7f : 0;
    for (let i = 0; i < count; i++) this.#length = this.#length * 256 + this.#header[2 + i]!;
    this.#left = this.#length;
    this.#payload = [];
    this.#pieces = 0;
  }

  #finish(): void {
    const header = this.#header;
    const key = header.slice(header.length - maskBytes(header));
    const payload = Uint8Array.from(this.#payload, (byte, i) => (key.length === 4 ? byte ^ key[i % 4]! : byte));
    this.#header = [];
    this.#headerLength = 2;
    const [first] = header as [number];
    this.#onFrame({
      opcode: first & 0x0f,
      fin: (first & 0x80) !== 0,
      length: this.#length,
      payload,
      isInOnePiece: this.#pieces <= 1,
    });
  }
}

function lengthBytes(header: readonly number[]): number {
  const length = header[1]! & 0x7f;
  return length === 126 ? 2 : length === 127 ? 8 : 0;
}

function maskBytes(header: readonly number[]): number {
  return (header[1]! & 0x80) !== 0 ? 4 : 0;
}
