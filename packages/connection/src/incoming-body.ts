import { Alarm, now, type Sleeper } from './clock.js';
import { MessageCancelledError, MessageIncompleteError, MessageTooLargeError, WebsonError } from './protocol/errors.js';
import type { MessageBody } from './protocol/message-table.js';
import { PieceQueue } from './protocol/piece-queue.js';
import type { Reading } from './protocol/receiver.js';

/** Milliseconds that somebody has to read on, or to begin, when the handler of a message has settled. */
const READ_ON = 1000;

/** What the bodies of a connection have in common. */
export interface IncomingLimits {
  /** Bytes that are put together at most, for who wants the message complete. */
  maxMessageSize: number;
  /** Milliseconds that a message lies unread once its handler has returned. */
  streamIdleTimeout: number;
  /** Those that somebody may read on although their handlers have settled: `endWatch` is for them when the connection ends. */
  left: Set<IncomingBody>;
  /** The connection has ended. */
  hasEnded: boolean;
}

/**
 * The payload of a message that is still arriving: what has come and has not been read.
 *
 * It stands in the way of others for no longer than somebody reads it:
 * - until its handler has settled it waits;
 * - then, if it has come whole and nobody has begun to read it, it counts as read: whoever keeps it may still read it;
 * - if it has not, and nobody reads it for a second, the rest is stopped. A handler that returns at once may have handed it
 *   to somebody who has begun to read: he may pause for `streamIdleTimeout`. One that returns a promise should not settle
 *   it before all is read.
 */
export class IncomingBody implements MessageBody, Sleeper {
  readonly #limits: IncomingLimits;
  readonly #reading: Reading;
  readonly #pieces = new PieceQueue();
  #isFinished = false;
  #isTaken = false;
  #isCollecting = false;
  #collected = 0;
  // Bytes, of those that wait, that the peer was told are read although they are not.
  #granted = 0;
  #isStarving = false;
  #isSettled = false;
  // The handler had promised to say when it has done with the message.
  #isAwaited = false;
  #alarm: Alarm | undefined;
  #readAt = 0;
  #payload: Uint8Array | undefined;
  #error: Error | undefined;
  #onChange: (() => void) | undefined;
  #completion: Promise<void> | undefined;

  constructor(reading: Reading, limits: IncomingLimits) {
    this.#reading = reading;
    this.#limits = limits;
  }

  /** All of it has come. */
  get isComplete(): boolean {
    return this.#isFinished;
  }

  /** Bytes that wait to be read. */
  get length(): number {
    return this.#payload?.length ?? this.#pieces.length;
  }

  append(slice: Uint8Array, isLent = false): void {
    if (this.#onChange !== undefined && !this.#isCollecting) this.#pieces.pass(slice, isLent);
    else this.#pieces.push(slice, isLent);
    if (this.#isCollecting) this.#collect(slice.length);
    this.#changed();
  }

  finish(): void {
    this.#isFinished = true;
    this.#starve(false);
    if (this.#isSettled && !this.#isTaken && !this.#isOver) this.#leave();
    this.#unwatch();
    this.#changed();
  }

  cancel(error: Error): void {
    if (this.#isFinished) return;
    this.#error ??= error;
    this.#starve(false);
    this.#drop();
    this.#unwatch();
    this.#changed();
  }

  /**
   * All of it.
   *
   * @throws MessageIncompleteError, the error that ended it, or WebsonError `ALREADY_READ` when it was read piece by piece.
   */
  payload(): Uint8Array {
    if (this.#payload !== undefined) return this.#payload;
    if (this.#error !== undefined) throw this.#error;
    if (this.#isTaken) throw alreadyRead();
    if (!this.#isFinished) throw new MessageIncompleteError();
    const whole = this.#pieces.join();
    this.#payload = whole;
    this.#consumed(whole.length);
    this.#unwatch();
    return whole;
  }

  /** Resolves when `payload` gives all of it; what comes is let in from now on, up to the size limit. */
  completed(): Promise<void> {
    this.#completion ??= this.#complete();
    return this.#completion;
  }

  /** Begins to read piece by piece. @throws WebsonError `ALREADY_READ` when somebody did. */
  take(): void {
    if (this.#isTaken || this.#isCollecting || this.#payload !== undefined) throw alreadyRead();
    this.#isTaken = true;
  }

  /** The next piece, undefined at the end. Rejects with what ended the message. One call at a time. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#consumed(piece.length);
        if (this.#isSettled) this.#readOn();
        return piece;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#isFinished) return undefined;
      this.#starve(true);
      await this.#change();
      this.#starve(false);
    }
  }

  /** Nobody wants the rest. */
  stop(error: Error = new MessageCancelledError('the reader left')): void {
    this.cancel(error);
    this.#drop();
    this.#reading.stop();
  }

  /** The handler has settled. `isAwaited`: it had promised to say when it has done with the message. */
  settle(isAwaited: boolean): void {
    this.#isSettled = true;
    this.#isAwaited = isAwaited;
    if (this.#isOver) return;
    if (this.#isFinished && !this.#isTaken) {
      this.#leave();
      return;
    }
    this.#readAt = now();
    this.#watch();
  }

  lag(isLagging: boolean): void {
    this.#reading.lag(isLagging);
  }

  /** For the clock alone. */
  wake(): void {
    this.#forget();
    if (this.#isOver) return;
    // A reader that waits for the peer is there.
    if (this.#onChange !== undefined) this.#readAt = now();
    if (now() < this.#readAt + this.#patience) this.#watch();
    else this.#leave();
  }

  /**
   * The connection has ended: there is nobody in whose way the message stands, but others that have come whole and refer to
   * it, when it is not inflated yet.
   */
  endWatch(): void {
    if (this.#isUnwatched) this.#forget();
  }

  #readOn(): void {
    this.#readAt = now();
    this.#unwatch();
  }

  #forget(): void {
    this.#alarm?.cancel(this);
    this.#alarm = undefined;
    this.#limits.left.delete(this);
  }

  #unwatch(): void {
    if (this.#alarm !== undefined && (this.#isOver || this.#isUnwatched)) this.#forget();
  }

  // See `endWatch`.
  get #isUnwatched(): boolean {
    return this.#limits.hasEnded && (this.#isFinished || this.#reading.isFirst !== true);
  }

  #watch(): void {
    if (this.#isUnwatched) return;
    this.#alarm ??= Alarm.set(this.#readAt + this.#patience, this);
    this.#limits.left.add(this);
  }

  get #patience(): number {
    return this.#isTaken && !this.#isAwaited ? this.#limits.streamIdleTimeout : READ_ON;
  }

  // Nothing of it stands in the way of others.
  get #isOver(): boolean {
    if (this.#error !== undefined || this.#payload !== undefined || this.#isCollecting) return true;
    return this.#isFinished && this.#pieces.length === this.#granted;
  }

  // Nobody reads it: it must not stand in the way of others.
  #leave(): void {
    if (!this.#isFinished) {
      this.stop(
        new MessageCancelledError('its handler settled and nobody read on: a handler has to await its reading'),
      );
      return;
    }
    const unread = this.#pieces.length - this.#granted;
    this.#granted = this.#pieces.length;
    if (unread > 0) this.#reading.consumed(unread);
  }

  // Bytes are read. Of some the peer may have been told before.
  #consumed(bytes: number): void {
    const known = Math.min(bytes, this.#granted);
    this.#granted -= known;
    if (bytes > known) this.#reading.consumed(bytes - known);
  }

  // Readers wait one at a time.
  #starve(isStarving: boolean): void {
    if (this.#isStarving === isStarving) return;
    this.#isStarving = isStarving;
    this.#reading.starve(isStarving);
  }

  async #complete(): Promise<void> {
    if (this.#isTaken) throw alreadyRead();
    this.#isCollecting = true;
    this.#unwatch();
    this.#collect(this.#pieces.length - this.#granted);
    if (!this.#isFinished && this.#error === undefined) this.#starve(true);
    while (!this.#isFinished && this.#error === undefined) await this.#change();
    if (this.#error !== undefined) throw this.#error;
  }

  // Lets the peer send more although nothing was read.
  #collect(bytes: number): void {
    const { maxMessageSize } = this.#limits;
    if (this.#collected + bytes > maxMessageSize) {
      this.#starve(false);
      this.#drop();
      this.#error = new MessageTooLargeError(`a message of more than ${maxMessageSize} bytes, maxMessageSize`);
      this.#reading.stop();
      return;
    }
    this.#collected += bytes;
    this.#granted += bytes;
    this.#reading.consumed(bytes);
  }

  #drop(): void {
    const unread = this.#pieces.length - this.#granted;
    this.#pieces.clear();
    this.#granted = 0;
    if (unread > 0) this.#reading.consumed(unread);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
      // May bring it about at once.
      this.#reading.wanted?.();
    });
  }

  #changed(): void {
    const action = this.#onChange;
    this.#onChange = undefined;
    action?.();
  }
}

function alreadyRead(): WebsonError {
  return new WebsonError('ALREADY_READ', 'the message was read by readIter() or stream() already');
}
