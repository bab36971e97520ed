import { isControlOpcode } from '@webson/frame';
import { webStreams } from './application/web-streams.js';
import type { Platform } from './protocol/contract/platform.js';
import { IncomingBody } from './reading/incoming-body.js';

/**
 * Bytes that are not shared with another thread. From TypeScript 5.7 on that is `Uint8Array<ArrayBuffer>`, which a Blob, a
 * Response or a digest takes; older ones know only `Uint8Array`.
 */
type OwnBytes = ReturnType<Uint8Array['slice']>;

/** A received message, or a received control frame. */
export class Message {
  /** 1-7 data, 8-15 control: see {@link MessageType}. */
  readonly type: number;
  /** The id of the stream on which the message came; 0 without streams. */
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

  /** True when the whole message has arrived. Without `triggerOnStart` this is always so. */
  get isComplete(): boolean {
    return this.#body instanceof IncomingBody ? this.#body.isComplete : true;
  }

  /** Bytes that can be read now: of a message that is still arriving, those that have arrived and are not read yet. */
  get size(): number {
    return this.#body.length;
  }

  /** True for a control frame. */
  get isControl(): boolean {
    return isControlOpcode(this.type);
  }

  /**
   * The payload. The caller may keep it and write to it. It begins at a multiple of 8 bytes of its buffer, so that a typed array
   * of any kind can be made of it. It keeps at most 8 KiB of other memory alive.
   *
   * A payload of 4 KiB or more has a buffer of its own, which may be transferred. A smaller one may share its buffer with other
   * messages, so the bytes around it must not be used, and transferring the buffer throws (on Node 20 it copies instead):
   * transfer a copy, `slice()`. Before Node 24 a payload must not be given to a byte stream (`type: 'bytes'`) without such a copy
   * either: the stream transfers the buffer all the same, and with it the bytes of the other messages.
   *
   * @throws MessageIncompleteError until the whole message has arrived, MessageCancelledError or ClosedError when the rest will
   *   not arrive, WebsonError `ALREADY_READ` when the message was read piece by piece.
   */
  read(): OwnBytes {
    return (this.#body instanceof IncomingBody ? this.#body.payload() : this.#body) as OwnBytes;
  }

  /**
   * The payload as text. Bytes that are not UTF-8, which only messages of other types than text can have, become U+FFFD.
   *
   * @throws the errors of `read`.
   */
  text(): string {
    return this.#platform.readUtf8(this.read(), this.#isAscii);
  }

  /** The payload parsed as JSON. @throws the errors of `read`, and SyntaxError when it is not JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /**
   * Resolves when the whole message has arrived, so that `read`, `text` and `json` can be called.
   *
   * Rejects with MessageCancelledError or ClosedError when the rest will not arrive, with MessageTooLargeError when the message
   * is larger than `maxMessageSize`: the rest of it is dropped then. Rejects with WebsonError `ALREADY_READ` when the message was
   * read piece by piece. A promise that is left alone does not reach the process.
   */
  completed(): Promise<this> {
    if (!(this.#body instanceof IncomingBody)) return Promise.resolve(this);
    const completed = this.#body.completed().then(() => this);
    // Whoever does not wait need not be told: `read` says the same.
    completed.catch(() => {});
    return completed;
  }

  /**
   * The payload chunk by chunk, as it arrives. Each chunk has a buffer of its own, unless the message had arrived completely (see
   * `read`). The sender may send more as chunks are read. Leaving the loop early stops the message: the rest of it is dropped.
   * Can be called once only.
   *
   * Reading that goes on after the handler has settled must have begun by then. It should not pause for longer than
   * `streamIdleTimeout`, or than a second if the handler is asynchronous, which should await the reading instead.
   *
   * Throws MessageCancelledError or ClosedError when the rest will not arrive, WebsonError `ALREADY_READ` the second time.
   */
  readIter(): AsyncGenerator<OwnBytes, void, undefined> {
    const body = this.#body;
    if (!(body instanceof IncomingBody)) return pieceOf(body);
    try {
      // Reading begins here and not with the first piece, which may only be requested after the handler has returned.
      body.take();
    } catch (error) {
      return failWith(error);
    }
    return piecesOf(body);
  }

  /**
   * The payload as a web stream, under the same rules as `readIter`. Cancelling the stream stops the message.
   *
   * Throws also WebsonError `NO_WEB_STREAMS` where the platform has none.
   */
  stream(): ReadableStream<OwnBytes> {
    const { ReadableStream } = webStreams();
    const body = this.#body;
    if (!(body instanceof IncomingBody)) return streamOf(body);
    body.take();
    return new ReadableStream(
      {
        async pull(controller): Promise<void> {
          const chunk = await body.next();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk as OwnBytes);
        },
        cancel: () => body.stop(),
      },
      { highWaterMark: 0 },
    );
  }
}

async function* pieceOf(payload: Uint8Array): AsyncGenerator<OwnBytes, void, undefined> {
  if (payload.length > 0) yield payload as OwnBytes;
}

async function* failWith(error: unknown): AsyncGenerator<OwnBytes, void, undefined> {
  yield* [];
  throw error;
}

async function* piecesOf(body: IncomingBody): AsyncGenerator<OwnBytes, void, undefined> {
  let isOver = false;
  try {
    for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) yield chunk as OwnBytes;
    isOver = true;
  } finally {
    if (!isOver) body.stop();
  }
}

function streamOf(payload: Uint8Array): ReadableStream<OwnBytes> {
  const { ReadableStream } = webStreams();
  return new ReadableStream({
    start(controller): void {
      if (payload.length > 0) controller.enqueue(payload as OwnBytes);
      controller.close();
    },
  });
}
