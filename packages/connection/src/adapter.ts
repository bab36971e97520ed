import type { Status } from './status.js';

/** What {@link Adapter.dispatchReader} takes a message from. */
export type MessageSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array>;

/** A connection as its handlers see it. */
export interface Adapter {
  /** The name in its pool; '' outside of one. */
  readonly name: string;
  /** The group in its pool; '' for none. */
  readonly group: string;
  readonly status: Status;
  /** Bytes queued for sending that the system has not taken yet. */
  readonly bufferedAmount: number;
  /**
   * Queues a message, or a control frame. All that is dispatched in one turn of the event loop leaves in one write.
   *
   * The bytes are never written to. Leave them as they are until `drained` when there are 32 KiB or more of them: so
   * many are sent from where they lie, and their buffer cannot be transferred any more; fewer are copied at once.
   *
   * A peer that takes nothing of more than 16 times `highWaterMark` for `timeout.stall` is closed with 1013.
   *
   * @param type 1-7 data, 9-15 control; a Close is sent by `close`.
   * @param payload text is sent as UTF-8; of a typed array its bytes. Empty by default.
   * @returns false when more than `highWaterMark` bytes are queued: await `drained` before the next.
   * @throws NotReadyError before `start`, ClosedError after `close` or the end, RangeError for a type out of range or
   *   more than 125 bytes in a control frame (RFC 6455 §5.5), TypeError for a payload that is none.
   */
  dispatch(type: number, payload?: string | Uint8Array | ArrayBuffer): boolean;
  /**
   * Sends one message piece by piece as its source yields it, no faster than the peer takes it. A piece must not change
   * until the next is asked for or the promise settles. On streams other messages go on meanwhile; without, those
   * dispatched meanwhile follow after its end. Await it in a handler that sends back what it gets: what a source holds before
   * its turn is not known here, and holds nobody back.
   *
   * Rejects with what `dispatch` throws; with ClosedError when the connection ends or closes first; with
   * MessageCancelledError when the peer wants no more of it; with the reason of an aborted signal, or the error of the
   * source: the message is cancelled then. Without streams half a message cannot be taken back: unless nothing was sent
   * yet, the connection is closed with 1011.
   *
   * @param type 1-7.
   */
  dispatchReader(type: number, source: MessageSource, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Resolves when at most `highWaterMark` bytes are queued. Rejects with ClosedError when the connection ends first. It waits for
   * as long as the peer does not read: the status is `Timeout` then, unless pings are off.
   */
  drained(): Promise<void>;
  /** Sends a ping of at most 125 bytes. */
  ping(payload?: string | Uint8Array | ArrayBuffer): boolean;
  /** Sends a pong of at most 125 bytes. */
  pong(payload?: string | Uint8Array | ArrayBuffer): boolean;
  /**
   * Sends a Close after all that was dispatched, and ends the connection when the peer's Close has come, or after the
   * close timeout (RFC 6455 §7.1.2). Does nothing on a connection that is closing or closed.
   *
   * @param code 1000 by default; 1000-1003, 1007-1014 or 3000-4999.
   * @param reason at most 123 bytes of UTF-8.
   * @throws RangeError for a code or reason that may not be sent.
   */
  close(code?: number, reason?: string): void;
  /** Counts as a pong: for who replaces the handler of pongs. */
  refreshPongTime(): void;
  /**
   * Pings every `interval` ms from now on, 0 or less for never; a pong is overdue after `pongTimeout` ms. What is due in 4
   * seconds or more may be up to 64 ms late.
   */
  keepPing(interval: number, pongTimeout: number): void;
}
