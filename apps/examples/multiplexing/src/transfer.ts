import { createHash } from 'node:crypto';

const PIECE = 64 * 1024;

/** A message that is made while it is sent, piece by piece, and knows how far it has come. */
export class Transfer {
  /** What each of its bytes is. */
  readonly number: number;
  /** Its length in bytes. */
  readonly size: number;
  readonly #hash = createHash('sha256');
  #sent = 0;

  constructor(number: number, size: number) {
    this.number = number;
    this.size = size;
  }

  /** The pieces: the next one is asked for when the peer, and its stream, have room. */
  *pieces(): Generator<Uint8Array> {
    while (this.#sent < this.size) {
      const piece = new Uint8Array(Math.min(PIECE, this.size - this.#sent)).fill(this.number);
      this.#hash.update(piece);
      this.#sent += piece.length;
      yield piece;
    }
  }

  /** SHA-256 of all its bytes, in hexadecimal digits, once. */
  get hash(): string {
    return this.#hash.digest('hex');
  }

  /** How far it has come: a bar of one character. */
  toString(): string {
    return '▁▂▃▄▅▆▇█'[Math.floor((7 * this.#sent) / this.size)]!;
  }
}
