import { Alarm, now, type Sleeper } from '../time/clock.js';

/** Milliseconds within which a message has to be read on, or its reading begun, once its handler has settled. */
const GRACE_PERIOD = 1000;

/** The body of a message whose handler has settled, and which somebody may still be reading. */
export interface AttendedBody {
  /** True when the whole message has arrived. */
  readonly isComplete: boolean;
  /** True when a reader has begun to read it piece by piece. */
  readonly isTaken: boolean;
  /** True while its reader waits for more bytes from the peer. */
  readonly isAwaited: boolean;
  /** True when the message holds no memory or window that other messages need. */
  readonly isOver: boolean;
  /** True when later messages cannot be inflated before this one is over. */
  readonly isFirst: boolean;
  /** Gives the message up, as nobody reads it: it holds back other messages no longer. */
  leave(): void;
}

/** The messages of one connection that are watched after their handlers have settled, with what they have in common. */
export interface AttendanceList {
  /** Milliseconds that a reader may pause when the message's handler returned without a promise. */
  readonly streamIdleTimeout: number;
  /** The messages that are being watched. */
  readonly left: Set<Attendance>;
  /** True once the connection has ended. */
  readonly hasEnded: boolean;
  /** Called with true when a message was added to `left`, with false when one was removed. */
  onLeft(isLeft: boolean): void;
}

/**
 * Watches a message whose handler has settled, and gives the message up when nobody reads it.
 *
 * Invariants:
 * - A reader that waits for the peer is never timed out.
 * - A reader that has begun may pause for `streamIdleTimeout` when the handler returned no promise; in all other cases the limit
 *   is one second.
 * - The alarm is set exactly as long as the message is in the list of watched messages.
 */
export class Attendance implements Sleeper {
  readonly #body: AttendedBody;
  readonly #list: AttendanceList;
  // The handler returned a promise, which has settled, or threw.
  readonly #hasPromised: boolean;
  #alarm: Alarm | undefined;
  #readAt = now();

  /** Starts watching. @param hasPromised true when the handler returned a promise, or threw. */
  constructor(body: AttendedBody, list: AttendanceList, hasPromised: boolean) {
    this.#body = body;
    this.#list = list;
    this.#hasPromised = hasPromised;
    this.#watch();
  }

  /** Restarts the time limit, as a piece was read. */
  readOn(): void {
    this.#readAt = now();
    this.look();
  }

  /** Stops watching if there is no reason for it any more. */
  look(): void {
    if (this.#alarm !== undefined && (this.#body.isOver || this.#needsNoWatch)) this.#stopWatching();
  }

  /**
   * Stops watching at the end of the connection. Only a message that is not inflated completely is watched on, when other
   * messages have arrived completely that share its compression context and so have to wait for it (RFC 7692 §7.1.1).
   */
  endWatch(): void {
    if (this.#needsNoWatch) this.#stopWatching();
  }

  /** For the clock alone. */
  wake(): void {
    this.#stopWatching();
    const { isAwaited, isOver } = this.#body;
    if (isOver) return;
    // A reader that waits for the peer is not idle.
    if (isAwaited) this.#readAt = now();
    if (now() < this.#readAt + this.#timeLimit) this.#watch();
    else this.#body.leave();
  }

  #watch(): void {
    if (this.#needsNoWatch) return;
    this.#alarm = Alarm.set(this.#readAt + this.#timeLimit, this);
    this.#list.left.add(this);
    this.#list.onLeft(true);
  }

  #stopWatching(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    if (this.#list.left.delete(this)) this.#list.onLeft(false);
  }

  // After the end of the connection hardly any message holds others back: see `endWatch`.
  get #needsNoWatch(): boolean {
    return this.#list.hasEnded && (this.#body.isComplete || !this.#body.isFirst);
  }

  get #timeLimit(): number {
    return this.#body.isTaken && !this.#hasPromised ? this.#list.streamIdleTimeout : GRACE_PERIOD;
  }
}
