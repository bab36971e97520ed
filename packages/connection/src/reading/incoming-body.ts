import {
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
  WebsonError,
} from '../protocol/contract/errors.js';
import type { MessageBody, Reading } from '../protocol/contract/message-body.js';
import { PieceQueue } from '../protocol/inbound/piece-queue.js';
import { Attendance, type AttendanceList, type AttendedBody } from './attendance.js';
import type { Collection, Collector } from './collection.js';

/** What the bodies of a connection have in common. */
export interface IncomingLimits extends AttendanceList {
  /** Bytes that are put together at most, for who wants the message complete. */
  readonly maxMessageSize: number;
  /** What those hold that are wanted whole. */
  readonly collection: Collection;
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
export class IncomingBody implements MessageBody, AttendedBody, Collector {
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
  // The handler has settled; set while somebody may read on.
  #isSettled = false;
  #attendance: Attendance | undefined;
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
    if (this.#isSettled && !this.#isTaken && !this.isOver) this.leave();
    this.#attendance?.look();
    this.#changed();
  }

  cancel(error: Error): void {
    if (this.#isFinished) return;
    this.#error ??= error;
    this.#starve(false);
    this.#drop();
    this.#attendance?.look();
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
    this.#attendance?.look();
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
        this.#attendance?.readOn();
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

  /** The handler has settled. `hasPromised`: it had promised to say when it has done with the message. */
  settle(hasPromised: boolean): void {
    this.#isSettled = true;
    if (this.#isCollecting && this.#isFinished) this.#release();
    if (this.isOver) return;
    if (this.#isFinished && !this.#isTaken) this.leave();
    else this.#attendance = new Attendance(this, this.#limits, hasPromised);
  }

  lag(isLagging: boolean): void {
    this.#reading.lag(isLagging);
  }

  /** For the attendance alone, as what follows. */
  get isOver(): boolean {
    if (this.#error !== undefined || this.#payload !== undefined || this.#isCollecting) return true;
    return this.#isFinished && this.#pieces.length === this.#granted;
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  get isAwaited(): boolean {
    return this.#onChange !== undefined;
  }

  get isFirst(): boolean {
    return this.#reading.isFirst === true;
  }

  leave(): void {
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
    this.#attendance?.look();
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
