import { errorOf } from '../lifecycle/message-loop.js';
import type { Message } from '../message.js';
import type { CloseInfo } from '../protocol/close-info.js';

/** The types of messages whose payload is bytes of the channel: text and binary. */
const TEXT = 1;
const BINARY = 2;

/** Most bytes of one message: it is copied when it is sent, so that the chunk is free again at once. */
const MESSAGE_LENGTH = 16 * 1024;

/** The codes of a Close that ends the bytes, as an empty message does: 1000, and none (RFC 6455 §7.4.1). */
const ENDINGS: ReadonlySet<number> = new Set([1000, 1005]);

/** The messages of a connection, one at a time. */
export interface Messages {
  /** The next message; the one before is done with. Rejects with ClosedError when the connection has ended in a bad way. */
  next(): Promise<IteratorResult<Message, undefined>>;
  /** Reads no more, and closes the connection. */
  leave(code: number, reason: string): void;
}

/** A connection under a {@link ByteChannel}. */
export interface ByteCarrier {
  /** Starts the connection and reads its messages, those of some types from their beginning; the bit of a type is 1 << type. */
  iterate(streamed: number): Messages;
  /** True while messages can be sent. */
  readonly isOpen: boolean;
  /** What sends messages: false when more are queued than should. @throws ClosedError when no more can be sent. */
  sendable(): { send(type: number, payload: string | Uint8Array): boolean };
  /** Resolves when no more are queued than should. Rejects with ClosedError when the connection ends first. */
  drained(): Promise<void>;
  /** The same for at most `limit` queued bytes. */
  drainedTo(limit: number): Promise<void>;
  /** Calls `action` when the peer has received all that has left before this call, unless the connection ends first. */
  whenReceived(action: () => void): void;
  /** Calls `action` when the connection has ended, at once if it has. */
  whenEnded(action: (info: CloseInfo) => void): void;
  /** Passes on an error that nobody else hears. */
  hear(thrown: unknown): void;
  close(code: number, reason: string): void;
}

/** How two directions of bytes are over. */
export interface EndOfBytes {
  /** True when the peer's bytes have ended as they should. */
  readonly isExpected: boolean;
  /** What whoever goes on to write is told. */
  readonly error: Error;
}

/** Two directions of bytes, of which streams are made. */
export interface ByteEnds {
  /** Resolves when nothing can be sent any more, and nothing more arrives. Never rejects. */
  readonly over: Promise<EndOfBytes>;
  /** True when both sides have ended: then nothing is left but that this side's bytes arrive. */
  readonly isOver: boolean;
  /**
   * The next bytes, at least one; undefined at the end of the peer's side. Rejects when the peer's side ends in another way. Calls
   * must not overlap.
   */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Sends bytes. Returns undefined when more are wanted at once, or a promise that resolves when they are: the memory is free
   * then. Rejects, or throws, when they cannot be sent.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Ends this side. Resolves when everything has left, or is not wanted any more. */
  end(): Promise<void>;
  /** Gives up both sides. @param error why; null when nothing has failed, and nobody wants more. */
  abort(error: unknown): void;
}

/** How the bytes of a {@link ByteChannel} end. */
export interface ByteChannelOptions {
  /**
   * True: an empty binary message ends the bytes of one side, and those of the other go on. False, for a peer that does not know
   * that: the Close ends both, and empty messages mean nothing.
   */
  readonly halfClose: boolean;
}

/**
 * A connection as two directions of bytes. Bytes are sent as binary messages and read of binary messages and text, in the order
 * in which these begin; where messages end means nothing.
 *
 * Invariants:
 * - A message is read while it arrives, and the next one is not asked for before its end: what is not read holds back the peer.
 * - The end of this side leaves behind all its bytes. The connection is closed with 1000 when both sides have ended and the peer
 *   has received everything: a Close starts a deadline, within which a slow reader may not have read what is on its way.
 * - Bytes that the peer has sent before its end are read to their end, however the connection ends.
 */
export class ByteChannel implements ByteEnds {
  /** How the connection has ended. Never rejects. */
  readonly closed: Promise<CloseInfo>;
  readonly over: Promise<EndOfBytes>;
  readonly #carrier: ByteCarrier;
  readonly #hasHalfClose: boolean;
  readonly #messages: Messages;
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>;
  // The end of the peer's bytes was read.
  #isRead = false;
  // The end of our bytes is queued.
  #isSent = false;
  // The peer has received everything up to that.
  #isReceived = false;

  /** @throws WebsonError `ALREADY_READ` when the connection is read by something else. */
  constructor(carrier: ByteCarrier, { halfClose }: ByteChannelOptions) {
    this.#carrier = carrier;
    this.#hasHalfClose = halfClose;
    this.#messages = carrier.iterate((1 << TEXT) | (1 << BINARY));
    this.closed = new Promise((resolve) => carrier.whenEnded(resolve));
    this.over = this.closed.then((info) => ({ isExpected: isEnding(info), error: errorOf(info) }));
    this.#chunks = this.#readChunks();
  }

  /** True when both sides have ended: then the connection is closed without more ado, once the peer has received everything. */
  get isOver(): boolean {
    return this.#isRead && this.#isSent;
  }

  /**
   * The next bytes, at least one; undefined at the end of the peer's side. Calls must not overlap.
   *
   * Rejects with ClosedError when the connection ends in another way, and with MessageTooLargeError and its like as messages do.
   */
  async read(): Promise<Uint8Array | undefined> {
    const { value } = await this.#chunks.next();
    return value === undefined ? undefined : value;
  }

  /** Sends bytes. Resolves when more are wanted: the memory is free then. Rejects with ClosedError when they cannot be sent. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MESSAGE_LENGTH) {
      const isTaken = this.#carrier.sendable().send(BINARY, bytes.subarray(at, at + MESSAGE_LENGTH));
      if (!isTaken) await this.#carrier.drained();
    }
  }

  /** Ends this side. Resolves when everything has left, or the peer has closed the connection as it should. */
  async end(): Promise<void> {
    const carrier = this.#carrier;
    this.#isSent = true;
    if (!carrier.isOpen) return;
    if (!this.#hasHalfClose) {
      carrier.close(1000, '');
      return;
    }
    carrier.sendable().send(BINARY, '');
    try {
      await carrier.drainedTo(0);
    } catch (error) {
      // The peer may be done with the connection before our system reports that it has taken everything.
      if (!(await this.over).isExpected) throw error;
      return;
    }
    carrier.whenReceived(() => {
      this.#isReceived = true;
      this.#closeWhenOver();
    });
  }

  /** Gives up both sides: closes the connection with a code that tells the peer that this is no end of the bytes. */
  abort(error: unknown): void {
    this.#messages.leave(error === null ? 1001 : 1011, '');
  }

  async *#readChunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { done, value: message } = await this.#messages.next();
      if (done === true) break;
      if (message.type !== TEXT && message.type !== BINARY) continue;
      let length = 0;
      for await (const chunk of message.readIter()) {
        length += chunk.length;
        yield chunk;
      }
      if (length > 0 || message.type === TEXT || !this.#hasHalfClose) continue;
      this.#isRead = true;
      void this.#watch();
      this.#closeWhenOver();
      return;
    }
    const { isExpected, error } = await this.over;
    if (!isExpected) throw error;
    this.#isRead = true;
  }

  // Nothing may come behind the end but the Close.
  async #watch(): Promise<void> {
    try {
      for (;;) {
        const { done, value: message } = await this.#messages.next();
        if (done === true) return;
        for await (const _ of message.readIter()) {
          this.#messages.leave(1008, 'bytes behind their end');
          return;
        }
      }
    } catch {
      // The end of the connection is told by `closed`.
    }
  }

  #closeWhenOver(): void {
    if (this.#isReceived && this.#isRead) this.#carrier.close(1000, '');
  }
}

/** True when the connection was closed in the way that ends its bytes. */
function isEnding({ wasClean, code }: CloseInfo): boolean {
  return wasClean && ENDINGS.has(code);
}
