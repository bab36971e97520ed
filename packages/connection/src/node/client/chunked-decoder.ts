const LF = 0x0a;
/** Most bytes of the line with a chunk's size and extensions. */
const MAX_LINE = 256;

/**
 * Decodes a body in chunked transfer coding (RFC 9112 §7.1). It is used for the body of a refusal only, so a malformed chunk
 * just ends the body.
 */
export class ChunkedDecoder {
  // The part that has come of the line with the size of a chunk, or of the empty line after the data of a chunk.
  #line = '';
  // Bytes of data that are still to come in the current chunk.
  #left = 0;
  #isDone = false;

  /** True after the last chunk or a malformed one. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Decodes the next bytes, and returns the data among them as views. */
  push(bytes: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length && !this.#isDone) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        data.push(part);
        at += part.length;
        this.#left -= part.length;
        // The line end after the data counts as an empty line.
        if (this.#left === 0) this.#line = '';
      } else {
        const byte = bytes[at++] as number;
        this.#line += String.fromCharCode(byte);
        if (byte === LF) this.#endLine();
        else if (this.#line.length > MAX_LINE) this.#isDone = true;
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
