import { isControlOpcode } from '@webson/frame';
import type { Platform } from './protocol/platform.js';

/** One message, or the payload of one control frame. */
export class Message {
  /** 1-7 data, 8-15 control: see {@link MessageType}. */
  readonly type: number;
  /** The stream it came on; 0 without streams. */
  readonly streamId: number;
  readonly #platform: Platform;
  readonly #payload: Uint8Array;
  readonly #isAscii: boolean;

  /** Messages are made by connections. */
  constructor(platform: Platform, type: number, streamId: number, payload: Uint8Array, isAscii: boolean) {
    this.#platform = platform;
    this.type = type;
    this.streamId = streamId;
    this.#payload = payload;
    this.#isAscii = isAscii;
  }

  /** True when all of it has come. */
  get isComplete(): boolean {
    return true;
  }

  /** True for a control frame. */
  get isControl(): boolean {
    return isControlOpcode(this.type);
  }

  /** The payload: the caller's to keep. */
  read(): Uint8Array {
    return this.#payload;
  }

  /** The payload as text. Bytes that are not UTF-8, possible in a message that is not text, become U+FFFD. */
  text(): string {
    return this.#platform.readUtf8(this.#payload, this.#isAscii);
  }

  /** The payload parsed as JSON. @throws SyntaxError when it is not JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** Resolves when all of it has come. */
  completed(): Promise<this> {
    return Promise.resolve(this);
  }

  /** The payload chunk by chunk. */
  async *readIter(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#payload.length > 0) yield this.#payload;
  }

  /** The payload as a web stream. */
  stream(): ReadableStream<Uint8Array> {
    const payload = this.#payload;
    return new ReadableStream({
      start(controller): void {
        if (payload.length > 0) controller.enqueue(payload);
        controller.close();
      },
    });
  }
}
