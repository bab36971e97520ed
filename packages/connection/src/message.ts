import { isControlOpcode } from '@webson/frame';
import { spared } from './application/spared.js';
import type { Platform } from './protocol/contract/platform.js';
import { IncomingBody } from './reading/incoming-body.js';

/** One message, or the payload of one control frame. */
export class Message {
  /** 1-7 data, 8-15 control: see {@link MessageType}. */
  readonly type: number;
  /** The stream it came on; 0 without streams. */
  readonly streamId: number;
  readonly #platform: Platform;
  readonly #body: Uint8Array | IncomingBody;
  readonly #isAscii: boolean;

  /** Messages are made by connections. */
  constructor(platform: Platform, type: number, streamId: number, body: Uint8Array | IncomingBody, isAscii: boolean) {
    this.#platform = platform;
    this.type = type;
    this.streamId = streamId;
    this.#body = body;
    this.#isAscii = isAscii;
  }

  /** True when all of it has come. Without `triggerOnStart` it always has. */
  get isComplete(): boolean {
    return this.#body instanceof IncomingBody ? this.#body.isComplete : true;
  }

  /** Bytes that wait to be read: of a message that is still arriving, those that have come. */
  get size(): number {
    return this.#body.length;
  }

  /** True for a control frame. */
  get isControl(): boolean {
    return isControlOpcode(this.type);
  }

  /**
   * The payload: the caller's to keep, and to write to. It begins at a multiple of 8 bytes of its buffer, whatever came
   * before it, so that typed arrays of any kind can be made of that; it keeps at most 8 KiB alive beside itself.
   *
   * A payload of 4 KiB or more has a buffer of its own, which may be transferred. Smaller ones may share theirs with other
   * messages: what lies around them is not theirs, and to transfer it throws (on Node 20 it copies instead); transfer a
   * copy, `slice()`. On Node before 24 that includes what byte streams (`type: 'bytes'`) are given: they take the buffer
   * without asking, and with it the bytes of the other messages in it.
   *
   * @throws MessageIncompleteError until all of it has come, MessageCancelledError or ClosedError when it never will,
   *   WebsonError `ALREADY_READ` when it was read piece by piece.
   */
  read(): Uint8Array {
    return this.#body instanceof IncomingBody ? this.#body.payload() : this.#body;
  }

  /**
   * The payload as text. Bytes that are not UTF-8, possible in a message that is not text, become U+FFFD.
   *
   * @throws as `read`.
   */
  text(): string {
    return this.#platform.readUtf8(this.read(), this.#isAscii);
  }

  /** The payload parsed as JSON. @throws as `read`, and SyntaxError when it is not JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /**
   * Resolves when all of it has come and `read`, `text` and `json` give it.
   *
   * Rejects with MessageCancelledError or ClosedError when it never will, with MessageTooLargeError when it is larger
   * than `maxMessageSize`: the rest of it is dropped then.
   */
  completed(): Promise<this> {
    if (!(this.#body instanceof IncomingBody)) return Promise.resolve(this);
    return spared(this.#body.completed().then(() => this));
  }

  /**
   * The payload chunk by chunk, as it arrives, each in a buffer of its own unless the message had come whole (see `read`); the
   * sender goes on as it is read. Leaving the loop early stops the
   * message: the rest of it is dropped. Once only.
   *
   * Who reads a message after its handler has settled must have begun by then, and should not pause for longer than
   * `streamIdleTimeout`, or a second if the handler is asynchronous: it should await the reading.
   *
   * Throws MessageCancelledError or ClosedError when the rest will not come, WebsonError `ALREADY_READ` the second time.
   */
  readIter(): AsyncGenerator<Uint8Array, void, undefined> {
    const body = this.#body;
    if (!(body instanceof IncomingBody)) return pieceOf(body);
    try {
      // At once: who reads later may not have asked for the first piece when the handler returns.
      body.take();
    } catch (error) {
      return failWith(error);
    }
    return piecesOf(body);
  }

  /** The payload as a web stream: as `readIter`; cancelling it stops the message. */
  stream(): ReadableStream<Uint8Array> {
    const body = this.#body;
    if (!(body instanceof IncomingBody)) return streamOf(body);
    body.take();
    return new ReadableStream(
      {
        async pull(controller): Promise<void> {
          const chunk = await body.next();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: () => body.stop(),
      },
      { highWaterMark: 0 },
    );
  }
}

async function* pieceOf(payload: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (payload.length > 0) yield payload;
}

async function* failWith(error: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  yield* [];
  throw error;
}

async function* piecesOf(body: IncomingBody): AsyncGenerator<Uint8Array, void, undefined> {
  let isOver = false;
  try {
    for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) yield chunk;
    isOver = true;
  } finally {
    if (!isOver) body.stop();
  }
}

function streamOf(payload: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      if (payload.length > 0) controller.enqueue(payload);
      controller.close();
    },
  });
}
