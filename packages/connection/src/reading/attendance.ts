import { Alarm, now, type Sleeper } from '../time/clock.js';

/** Milliseconds that somebody has to read on, or to begin, when the handler of a message has settled. */
const READ_ON = 1000;

/** A message that is read, or not, after its handler has settled. */
export interface AttendedBody {
  /** All of it has come. */
  readonly isComplete: boolean;
  /** Somebody reads it piece by piece. */
  readonly isTaken: boolean;
  /** Who reads it waits for the peer. */
  readonly isAwaited: boolean;
  /** Nothing of it stands in the way of others. */
  readonly isOver: boolean;
  /** Messages that came after it cannot be read before it is over. */
  readonly isFirst: boolean;
  /** Nobody reads it: it must not stand in the way of others any longer. */
  leave(): void;
}

/** Those messages of a connection that somebody may read on although their handlers have settled. */
export interface AttendanceList {
  /** Milliseconds that a reader may pause whose handler has returned at once. */
  readonly streamIdleTimeout: number;
  readonly left: Set<Attendance>;
  /** The connection has ended. */
  readonly hasEnded: boolean;
  /** One of them more, or less. */
  onLeft(isLeft: boolean): void;
}

/** Watches from the time that the handler of a message has settled whether somebody reads it on. */
export class Attendance implements Sleeper {
  readonly #body: AttendedBody;
  readonly #list: AttendanceList;
  // The handler had promised to say when it has done with the message.
  readonly #hasPromised: boolean;
  #alarm: Alarm | undefined;
  #readAt = now();

  /** Begins to watch. */
  constructor(body: AttendedBody, list: AttendanceList, hasPromised: boolean) {
    this.#body = body;
    this.#list = list;
    this.#hasPromised = hasPromised;
    this.#watch();
  }

  /** Somebody has read. */
  readOn(): void {
    this.#readAt = now();
    this.look();
  }

  /** There may be nothing left to watch. */
  look(): void {
    if (this.#alarm !== undefined && (this.#body.isOver || this.#isUnwatched)) this.#forget();
  }

  /**
   * The connection has ended: there is nobody in whose way the message stands, but others that have come whole and refer to
   * it, when it is not inflated yet.
   */
  endWatch(): void {
    if (this.#isUnwatched) this.#forget();
  }

  /** For the clock alone. */
  wake(): void {
    this.#forget();
    const { isAwaited, isOver } = this.#body;
    if (isOver) return;
    // A reader that waits for the peer is there.
    if (isAwaited) this.#readAt = now();
    if (now() < this.#readAt + this.#patience) this.#watch();
    else this.#body.leave();
  }

  #watch(): void {
    if (this.#isUnwatched) return;
    this.#alarm = Alarm.set(this.#readAt + this.#patience, this);
    this.#list.left.add(this);
    this.#list.onLeft(true);
  }

  #forget(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    if (this.#list.left.delete(this)) this.#list.onLeft(false);
  }

  // See `endWatch`.
  get #isUnwatched(): boolean {
    return this.#list.hasEnded && (this.#body.isComplete || !this.#body.isFirst);
  }

  get #patience(): number {
    return this.#body.isTaken && !this.#hasPromised ? this.#list.streamIdleTimeout : READ_ON;
  }
}
