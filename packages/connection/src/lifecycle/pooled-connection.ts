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
  /** True when it should not be dialled again: this side closed it with 1000 or 1001, or after it had ended. */
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

/** The methods of a connection that only its pool may use. */
export interface PooledConnection {
  /** Tells the connection that a pool holds it. */
  enter(membership: PoolMembership): void;
  /** Takes back what `enter` was called with. */
  leave(membership: PoolMembership): void;
  /**
   * Starts the connection without a promise for its end, which saves memory. False when it was started or closed before.
   */
  begin(): boolean;
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
  /** Ends the connection at once, without waiting for the peer or for handlers. */
  terminate(): void;
  /** How the connection ended the last time; undefined before its first end. */
  readonly ending: Ending | undefined;
  /** Calls `action` when `close` is called after the end or during a redial. Returns a function that cancels that. */
  whenDismissed(action: () => void): () => void;
}
