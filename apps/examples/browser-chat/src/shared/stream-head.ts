import { BadMessage } from './protocol.js';

/** Bytes of the JSON of a head, at most. */
const MAX_HEAD = 1024;

/** A head in front of the bytes of a file: its length in two bytes, the higher one first, then JSON. */
export function encodeHead(head: object): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(head));
  if (json.length > MAX_HEAD) throw new RangeError(`a head has at most ${MAX_HEAD} bytes, got ${json.length}`);
  const bytes = new Uint8Array(2 + json.length);
  bytes[0] = json.length >> 8;
  bytes[1] = json.length & 255;
  bytes.set(json, 2);
  return bytes;
}

/** Tells the head of a message from what follows, however the message arrives in pieces. */
export class StreamHead {
  #bytes = new Uint8Array(0);
  #json: string | undefined;

  /** The JSON; undefined until all of it has come. */
  get json(): string | undefined {
    return this.#json;
  }

  /** Takes the next piece, and returns what of it lies behind the head. @throws BadMessage for a head that is too long. */
  push(piece: Uint8Array): Uint8Array {
    if (this.#json !== undefined) return piece;
    const bytes = new Uint8Array(this.#bytes.length + piece.length);
    bytes.set(this.#bytes);
    bytes.set(piece, this.#bytes.length);
    this.#bytes = bytes;
    const [high, low] = bytes;
    if (high === undefined || low === undefined) return new Uint8Array(0);
    const end = 2 + high * 256 + low;
    if (end > 2 + MAX_HEAD) throw new BadMessage(`the head of a file has at most ${MAX_HEAD} bytes`);
    if (bytes.length < end) return new Uint8Array(0);
    this.#json = new TextDecoder().decode(bytes.subarray(2, end));
    this.#bytes = new Uint8Array(0);
    return bytes.subarray(end);
  }
}
