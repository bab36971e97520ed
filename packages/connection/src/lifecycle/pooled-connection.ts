import type { Adapter } from '../adapter.js';
import type { Opened } from '../connection-parts.js';
import type { CloseInfo } from '../protocol/close-info.js';
import type { UnsentMessage } from '../protocol/outbound/journal.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';

/**
 * The answer of a connection to the offer of a message. `Attached`: it has taken the message, and takes all messages that are
 * appended to the same run later.
 */
export const Offer = { Taken: 0, Full: 1, Closed: 2, Attached: 3 } as const;
/** One of the values of {@link Offer}. */
export type Offer = (typeof Offer)[keyof typeof Offer];

/** How a connection ended, for its pool. A client that dials again has one ending each time. */
export interface Ending {
  readonly info: CloseInfo;
  /** When its transport was closed, in milliseconds of `now`. */
  readonly time: number;
  /** True when it should not be dialled again: the application has closed or terminated it, also after it had ended. */
  readonly isLeaving: boolean;
  /** Messages offered with `isKept` that the transport is not known to have taken. */
  readonly unsent: readonly UnsentMessage[];
}

/** What a connection is called in a pool. It is read whenever the connection is asked, so it is never out of date. */
export interface PoolMembership {
  readonly name: string;
  /** In the order in which they were joined; undefined for none. */
  readonly groups: ReadonlySet<string> | undefined;
}

/** The methods of a connection that only its pool, or its server, may use. */
export interface PooledConnection {
  /**
   * Called with what a handler threw or rejected with when the connection has no `onError`, or when that fails itself; by default
   * such an error is shown as a warning. The connection is closed with 1011 in either case. Must not throw. One function for
   * all connections of a server.
   *
   * @param isSpared true when the peer has caused the error by leaving, or by giving up a message: nobody is warned of that, and
   *   nothing is closed for it.
   */
  onUnheard: ((error: Error, adapter: Adapter, isSpared: boolean) => void) | undefined;
  /** Passes an error of the application's code the way that errors of handlers go, but the connection stays open. */
  hear(thrown: unknown): void;
  /** Tells the connection that a pool holds it. */
  enter(membership: PoolMembership): void;
  /** Takes back what `enter` was called with. */
  leave(membership: PoolMembership): void;
  /**
   * Starts the connection without a promise for its end, which saves memory. False when it was started or closed before.
   */
  begin(): boolean;
  /**
   * Starts the connection of a client that was just opened: messages can be sent at once. In the next turn of the event loop its
   * handlers are told that it is ready, and reading begins.
   */
  beginSoon(): void;
  /** Takes the result of the handshake out of a connection that is not started. The connection cannot be used any more. */
  handOver(): Opened;
  /** Replaces what `restart` of a client opens a new transport by. Its signal aborts when nobody wants that any more. */
  dialBy(redial: (signal: AbortSignal) => Promise<Opened>): void;
  /** True when it was started, and messages can be sent on it. */
  readonly isOpen: boolean;
  /**
   * Offers a message for sending. With an empty queue it is always taken; otherwise only when at most `mark` bytes are queued
   * with it.
   *
   * @param isKept true to report the message in `ending` if it was not sent.
   * @param run the run whose last message this is.
   * @param token left in the run when the connection takes no more messages from it.
   */
  offer(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer;
  /** Bytes queued for sending, including the memory that the queued messages need beside their payload. */
  readonly heldAmount: number;
  /** Resolves when `heldAmount` is at most `limit`. Rejects with ClosedError when the connection ends first. */
  drainedTo(limit: number): Promise<void>;
  /** As `close` of the connection, but it is wanted back. Does nothing once it has ended. */
  shed(code: number, reason: string): void;
  /** See `terminate` of the connection. */
  terminate(): void;
  /** How the connection ended the last time; undefined before its first end. */
  readonly ending: Ending | undefined;
  /** Calls `action` when `close` or `terminate` is called after the end or during a redial. Returns a function that cancels that. */
  whenDismissed(action: () => void): () => void;
}
