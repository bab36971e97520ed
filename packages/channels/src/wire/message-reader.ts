import type { TakenMessage } from '@webson/connection/internal';
import { type Header, malformed, parseHeader } from './header.js';

const NOTHING: Uint8Array = new Uint8Array(0);

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
    let memory: Uint8Array = NOTHING;
    for (;;) {
      const parsed = parseHeader(this.#rest);
      if (parsed !== undefined) {
        this.#rest = this.#rest.subarray(parsed.length);
        return parsed.header;
      }
      const piece = await this.#body.next();
      if (piece === undefined) throw malformed(`${this.#rest.length} bytes`);
      const { length } = this.#rest;
      if (length === 0) {
        this.#rest = piece;
        continue;
      }
      // The memory doubles: a header may come byte by byte.
      if (length + piece.length > memory.length) memory = copied(this.#rest, 2 * (length + piece.length));
      memory.set(piece, length);
      this.#rest = memory.subarray(0, length + piece.length);
    }
  }

  /** The next bytes; undefined at the end. Rejects with the error that ended the message. */
  next(): Promise<Uint8Array | undefined> {
    const rest = this.#rest;
    if (rest.length === 0) return this.#body.next();
    this.#rest = NOTHING;
    return Promise.resolve(rest);
  }

  /** Wants no more of it. */
  stop(): void {
    this.#rest = NOTHING;
    this.#body.stop();
  }
}

function copied(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return copy;
}
