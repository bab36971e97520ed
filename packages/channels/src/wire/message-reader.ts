import type { TakenMessage } from '@webson/connection/internal';
import { type Header, malformed, parseHeader } from './header.js';

const NOTHING = new Uint8Array(0);

/** Reads a message of a channel: its header, and then its bytes as they arrive. */
export class MessageReader {
  readonly #body: TakenMessage;
  // What has come behind the header.
  #rest: Uint8Array = NOTHING;

  constructor(body: TakenMessage) {
    this.#body = body;
  }

  /**
   * The header. Rejects with ChannelError `CHANNEL_PROTOCOL` when it is none, or the message ends within it, and with the error that ended the
   * message.
   */
  async header(): Promise<Header> {
    for (;;) {
      const parsed = parseHeader(this.#rest);
      if (parsed !== undefined) {
        this.#rest = this.#rest.subarray(parsed.length);
        return parsed.header;
      }
      const piece = await this.#body.next();
      if (piece === undefined) throw malformed(`${this.#rest.length} bytes`);
      this.#rest = joined(this.#rest, piece);
    }
  }

  /** The next bytes, at least one; undefined at the end. Rejects with the error that ended the message. */
  async next(): Promise<Uint8Array | undefined> {
    const rest = this.#rest;
    if (rest.length > 0) {
      this.#rest = NOTHING;
      return rest;
    }
    for (;;) {
      const piece = await this.#body.next();
      if (piece === undefined || piece.length > 0) return piece;
    }
  }

  /** Wants no more of it. */
  stop(): void {
    this.#rest = NOTHING;
    this.#body.stop();
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
