import type { CloseInfo } from '../protocol/close-info.js';
import type { UnsentMessage } from '../protocol/outbound/journal.js';
import type { SharedMessage, SharedRun } from '../protocol/outbound/shared-message.js';

/**
 * What became of a message that a connection was offered. `Attached`: it was taken, and so is all that is appended to the
 * run it ends.
 */
export const Offer = { Taken: 0, Full: 1, Closed: 2, Attached: 3 } as const;
/** One of the values of {@link Offer}. */
export type Offer = (typeof Offer)[keyof typeof Offer];

/** How a life of a connection ended, for its pool. */
export interface Ending {
  readonly info: CloseInfo;
  /** When its transport was gone, in milliseconds as `now` tells them. */
  readonly time: number;
  /** This side closed it with 1000 or 1001, or closed it once it had ended: nobody wants it back. */
  readonly isLeaving: boolean;
  /** Messages taken with `isKept` that are not known to have been passed on to the system. */
  readonly unsent: readonly UnsentMessage[];
}

/** A connection as its pool sees it: what it may do beyond what is for everybody. */
export interface PooledConnection {
  /** What the connection is called in the pool. */
  setMembership(name: string, group: string): void;
  /**
   * Starts it, for who does not want to know of the end that way: it costs no promise. False when it was started or closed
   * before.
   */
  begin(): boolean;
  /** True when it was started, and messages can be sent on it. */
  readonly isOpen: boolean;
  /**
   * Offers it a message. One on which nothing is queued takes any; else no more than `mark` bytes may be queued then.
   *
   * @param isKept `ending` tells of the message if it was not sent.
   * @param run ends with the message.
   * @param token what is left in the run when the connection takes part in it no more.
   */
  offer(message: SharedMessage, mark: number, isKept: boolean, run?: SharedRun, token?: unknown): Offer;
  /** Bytes queued on it, with what it takes to keep the messages. */
  readonly heldAmount: number;
  /** Resolves when at most `limit` bytes are queued on it, counted so. Rejects with ClosedError when it ends first. */
  drainedTo(limit: number): Promise<void>;
  /** Ends it at once, without waiting for anybody: not for its handlers, either. */
  terminate(): void;
  /** How its last life ended, and what was done about it since; undefined during the first. */
  readonly ending: Ending | undefined;
  /** Calls `action` when it is closed after it has ended, or while it is dialled again; what it returns takes that back. */
  whenDismissed(action: () => void): () => void;
}
