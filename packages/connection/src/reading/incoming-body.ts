import { Alarm, now, type Sleeper } from '../lifecycle/clock.js';
import {
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
  WebsonError,
} from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import { PieceQueue } from '../protocol/inbound/piece-queue.js';
import type { Collection, Collector } from './collection.js';

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
  /** One of them more, or less. */
  onLeft(isLeft: boolean): void;
  /** What those hold that are wanted whole. */
  collection: Collection;
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
export class IncomingBody implements MessageBody, Sleeper, Collector {
  readonly #limits: IncomingLimits;
  readonly #reading: Reading;
  readonly #pieces = new PieceQueue();
  #isFinished = false;
  #isTaken = false;
  #isCollecting = false;
  #collected = 0;
  // Bytes of those that are counted by the collection; that wait to be, and are not granted before they are.
  #counted = 0;
  #uncounted = 0;
  // The collection knows that it has come whole.
  #isWhole = false;
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
    if (this.#isCollecting) this.#collectedAll();
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
    if (this.#isSettled) {
      this.#consumed(whole.length);
    } else if (!this.#isCollecting) {
      this.#isCollecting = true;
      this.#collectedAll();
      this.#count(whole.length - this.#granted);
    }
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
    if (this.#isCollecting && this.#isFinished) this.#release();
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
    if (this.#limits.left.delete(this)) this.#limits.onLeft(false);
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
    const { left } = this.#limits;
    if (left.has(this)) return;
    left.add(this);
    this.#limits.onLeft(true);
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
    if (this.#isFinished) this.#collectedAll();
    this.#collect(this.#pieces.length - this.#granted);
    if (!this.#isFinished && this.#error === undefined && this.#uncounted === 0) this.#starve(true);
    while (!this.#isFinished && this.#error === undefined) await this.#change(this.#uncounted === 0);
    if (this.#error !== undefined) throw this.#error;
  }

  // Lets the peer send more although nothing was read.
  #collect(bytes: number): void {
    const { maxMessageSize } = this.#limits;
    this.#collected += bytes;
    if (this.#collected > maxMessageSize)
      this.#refuse(`a message of more than ${maxMessageSize} bytes, maxMessageSize`);
    else this.#count(bytes);
  }

  /** For the {@link Collection} alone. */
  goOn(): void {
    const bytes = this.#uncounted;
    this.#uncounted = 0;
    this.#count(bytes);
    if (this.#uncounted > 0 || this.#error !== undefined || this.#isFinished) return;
    this.#starve(true);
    this.#changed();
  }

  // What cannot be counted has to wait, as long as others make room that do not wait themselves.
  #count(bytes: number): void {
    const { collection, maxMessageSize } = this.#limits;
    if (this.#uncounted === 0 && collection.add(bytes)) {
      this.#counted += bytes;
      this.#grant(bytes);
    } else if (collection.hasWhole) {
      this.#uncounted += bytes;
      this.#starve(false);
      collection.wait(this);
    } else {
      this.#refuse(`messages of more than ${maxMessageSize} bytes together, maxMessageSize`);
    }
  }

  #grant(bytes: number): void {
    if (this.#payload === undefined) this.#granted += bytes;
    this.#reading.consumed(bytes);
  }

  #refuse(message: string): void {
    this.#starve(false);
    this.#drop();
    this.#error = new MessageTooLargeError(message);
    this.#reading.stop();
    this.#changed();
  }

  // What it holds is counted until its handler has settled.
  #collectedAll(): void {
    if (this.#isSettled) {
      this.#release();
    } else if (!this.#isWhole) {
      this.#isWhole = true;
      this.#limits.collection.addWhole();
    }
  }

  #release(): void {
    const [counted, uncounted, isWhole] = [this.#counted, this.#uncounted, this.#isWhole];
    this.#counted = 0;
    this.#uncounted = 0;
    this.#isWhole = false;
    if (uncounted > 0) this.#grant(uncounted);
    this.#limits.collection.remove(this, counted, isWhole);
  }

  #drop(): void {
    if (this.#isCollecting) this.#release();
    const unread = this.#pieces.length - this.#granted;
    this.#pieces.clear();
    this.#granted = 0;
    if (unread > 0) this.#reading.consumed(unread);
  }

  #change(isWanting = true): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
      // May bring it about at once.
      if (isWanting) this.#reading.wanted?.();
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
