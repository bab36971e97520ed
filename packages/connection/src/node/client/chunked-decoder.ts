const LF = 0x0a;
/** A chunk's size in hexadecimal, possibly with extensions, takes no more bytes than this. */
const LONGEST_LINE = 256;

/** Takes the chunks of a body apart (RFC 9112 §7.1). It serves to show a refusal: what is malformed ends it early. */
export class ChunkedDecoder {
  // The line being read: the size of a chunk, or the empty one after a chunk's data.
  #line = '';
  // Bytes of data left in the chunk.
  #left = 0;
  #isDone = false;

  /** True after the last chunk, or a malformed one. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The data in the next bytes, as views of them. */
  push(bytes: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length && !this.#isDone) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        data.push(part);
        at += part.length;
        this.#left -= part.length;
        // The line end after the data is read as the beginning of the next line.
        if (this.#left === 0) this.#line = '';
      } else {
        const byte = bytes[at++] as number;
        this.#line += String.fromCharCode(byte);
        if (byte === LF) this.#endLine();
        else if (this.#line.length > LONGEST_LINE) this.#isDone = true;
      }
    }
    return data;
  }

  #endLine(): void {
    const line = this.#line.trim();
    this.#line = '';
    if (line === '') return;
    const size = /^([0-9a-f]{1,8})\s*(;.*)?$/i.exec(line)?.[1];
    this.#left = size === undefined ? 0 : Number.parseInt(size, 16);
    if (this.#left === 0) this.#isDone = true;
  }
}
