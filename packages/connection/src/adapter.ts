import type { Status } from './status.js';

/** A piece of a message for {@link Adapter.dispatchReader}: a string stands for its UTF-8, a typed array for its memory. */
export type MessagePiece = string | ArrayBufferView | ArrayBufferLike;

/**
 * A source of the pieces of a message for {@link Adapter.dispatchReader}: a piece that is the whole message, a Blob, or whatever
 * yields pieces, such as a stream of Node or of the web.
 */
export type MessageSource =
  | MessagePiece
  | AsyncIterable<MessagePiece>
  | Iterable<MessagePiece>
  | ReadableStream<MessagePiece>
  | { stream(): ReadableStream<Uint8Array> };

/** The part of a connection that its handlers use. */
export interface Adapter {
  /** The name of the connection in its pool; '' outside of a pool. */
  readonly name: string;
  /** The first of `groups`; '' for none. */
  readonly group: string;
  /** The groups that the connection is in now, in the order in which it joined them; an array of the caller's own. */
  readonly groups: readonly string[];
  readonly status: Status;
  /** Bytes queued for sending that the system has not taken yet. */
  readonly bufferedAmount: number;
  /**
   * Queues a message or a control frame. Everything dispatched in one turn of the event loop is sent in one write.
   *
   * The payload is never modified. A payload of 32 KiB or more is sent without a copy: it must not be changed until `drained`
   * resolves, and its buffer cannot be transferred any more. A smaller one is copied at once.
   *
   * The connection is closed with 1013 when more than 16 times `highWaterMark` bytes are queued and the peer takes none of them
   * for `timeout.stall`.
   *
   * @param type 1-7 data, 9-15 control; a Close is sent by `close`.
   * @param payload a string is sent as UTF-8, a typed array as the bytes of its memory. Empty by default.
   * @returns false when more than `highWaterMark` bytes are queued: await `drained` before sending more.
   * @throws NotReadyError before `start`, ClosedError after `close` or the end, RangeError for a type out of range or for
   *   more than 125 bytes in a control frame (RFC 6455 §5.5), TypeError for a payload of another kind.
   */
  dispatch(type: number, payload?: string | Uint8Array | ArrayBuffer): boolean;
  /**
   * Sends one message piece by piece as its source yields it, no faster than the peer takes it. Strings are sent as UTF-8, each
   * as a whole; a lone surrogate becomes U+FFFD. Bytes must not change until the next piece is requested or the promise settles. With streams other messages are sent meanwhile; without, those dispatched
   * meanwhile are sent after its end. A handler that sends back what it receives should await the promise: the bytes that a
   * source holds before its turn are not known here, so they cause no back-pressure.
   *
   * Rejects with the errors of `dispatch`; with ClosedError when the connection ends or closes first; with MessageCancelledError
   * when the peer stops the message; with the reason of an aborted signal, or the error of the source: the message is cancelled
   * then. Without streams a message that was sent in part cannot be cancelled, so the connection is closed with 1011. Rejects
   * with TypeError for a source that is none, and for a piece that is neither a string nor bytes.
   *
   * @param type 1-7.
   */
  dispatchReader(type: number, source: MessageSource, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Resolves when at most `highWaterMark` bytes are queued. Rejects with ClosedError when the connection ends first. A peer that
   * neither reads nor sends anything is waited for until it counts as dead (`timeout.dead`), unless pings are off; one that sends
   * and does not read, for as long as it does so.
   */
  drained(): Promise<void>;
  /** Sends a ping of at most 125 bytes. */
  ping(payload?: string | Uint8Array | ArrayBuffer): boolean;
  /** Sends a pong of at most 125 bytes. */
  pong(payload?: string | Uint8Array | ArrayBuffer): boolean;
  /**
   * Starts the closing handshake (RFC 6455 §7.1.2): sends a Close after everything dispatched, and ends the connection when the
   * peer's Close has come, or after `timeout.close`. Sends nothing on a connection that is closing or closed.
   *
   * Whatever the code and the state of the connection, a client that was closed by this side is not wanted back: no pool dials
   * it again, and a `restart` that is under way is given up.
   *
   * @param code 1000 by default; 1000-1003, 1007-1014 or 3000-4999.
   * @param reason at most 123 bytes of UTF-8.
   * @throws RangeError for a code or reason that may not be sent.
   */
  close(code?: number, reason?: string): void;
  /**
   * Ends the connection at once, whatever its state, without a closing handshake: nothing more is sent or read, and messages
   * that wait behind handlers are handed over later. `start` resolves with 1006 and a WebsonError `TERMINATED`, unless both Close
   * frames have passed or the connection has failed before; with the peer's code if that has closed. What was not sent is in
   * `unsent`. Pending `drained`, `dispatchReader` and `completed` reject with ClosedError. As after `close`, the connection is not
   * wanted back. Never throws.
   */
  terminate(): void;
  /** Counts as a pong, for an application that replaces the handler of pongs. */
  refreshPongTime(): void;
  /**
   * Sends a ping every `interval` ms from now on, 0 or less for never. A pong is overdue after `pongTimeout` ms. A time of 4
   * seconds or more may be exceeded by up to 64 ms.
   */
  keepPing(interval: number, pongTimeout: number): void;
}
