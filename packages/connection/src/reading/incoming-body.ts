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

/** Limits and lists that all message bodies of a connection share. */
export interface IncomingLimits extends AttendanceList {
  /** Most bytes of one message that is collected in memory. */
  readonly maxMessageSize: number;
  /** Counts the bytes of all messages that are collected in memory. */
  readonly collection: Collection;
  hasEnded: boolean;
}

/**
 * The payload of a streamed message: the bytes that have arrived and are not read yet.
 *
 * Invariants:
 * - Each byte that arrives is reported to `Reading.consumed` once: when it is read, collected, given up or dropped.
 * - A message that nobody reads does not hold back others for long:
 *   - it waits until its handler has settled;
 *   - if it has arrived completely by then and no reader has begun, its bytes count as read, and can still be read later;
 *   - if it has not, and nobody reads it for a second, the rest of it is stopped. A handler that returns no promise may have
 *     handed the message to a reader, who may pause for `streamIdleTimeout`. A handler that returns a promise should not
 *     settle it before everything is read.
 * - A message is either read piece by piece or collected in memory, never both.
 */
export class IncomingBody implements MessageBody, AttendedBody, Collector {
  readonly #limits: IncomingLimits;
  readonly #reading: Reading;
  readonly #pieces = new PieceQueue();
  #isFinished = false;
  #isTaken = false;
  #isCollecting = false;
  #collected = 0;
  // Collected bytes that the collection has counted, and those that wait to be counted and have not been reported as consumed.
  #counted = 0;
  #uncounted = 0;
  // The collection has recorded this message as complete.
  #isRecordedAsComplete = false;
  // Bytes in the queue that were reported as consumed although nobody has read them.
  #reported = 0;
  #isStarving = false;
  // The handler has settled.
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

  /** True when the whole message has arrived. */
  get isComplete(): boolean {
    return this.#isFinished;
  }

  /** Bytes that have arrived and are not read yet. */
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
    if (this.#isCollecting) this.#collectedCompletely();
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
   * The complete payload.
   *
   * @throws MessageIncompleteError, the error that ended the message, or WebsonError `ALREADY_READ` when it was read piece by
   *   piece.
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
      this.#collectedCompletely();
      this.#count(whole.length - this.#reported);
    }
    this.#attendance?.look();
    return whole;
  }

  /** Resolves when `payload` can be called. Meanwhile the peer may send up to the size limit although nothing is read. */
  completed(): Promise<void> {
    this.#completion ??= this.#complete();
    return this.#completion;
  }

  /** Starts reading piece by piece. @throws WebsonError `ALREADY_READ` when the message was read before. */
  take(): void {
    if (this.#isTaken || this.#isCollecting || this.#payload !== undefined) throw alreadyRead();
    this.#isTaken = true;
  }

  /** The next piece, or undefined at the end. Rejects with the error that ended the message. One call at a time. */
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

  /** Drops the message, as nobody wants the rest of it. */
  stop(error: Error = new MessageCancelledError('the reader left')): void {
    this.cancel(error);
    this.#drop();
    this.#reading.stop();
  }

  /** Called when the handler has settled. @param hasPromised true when it returned a promise, or threw. */
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

  // The members from here to `leave` are for the attendance alone.

  get isOver(): boolean {
    if (this.#error !== undefined || this.#payload !== undefined || this.#isCollecting) return true;
    return this.#isFinished && this.#pieces.length === this.#reported;
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
    const unread = this.#pieces.length - this.#reported;
    this.#reported = this.#pieces.length;
    if (unread > 0) this.#reading.consumed(unread);
  }

  // Reports bytes as consumed, except those that were reported before they were read.
  #consumed(bytes: number): void {
    const known = Math.min(bytes, this.#reported);
    this.#reported -= known;
    if (bytes > known) this.#reading.consumed(bytes - known);
  }

  // Reports only changes: at most one reader waits at a time.
  #starve(isStarving: boolean): void {
    if (this.#isStarving === isStarving) return;
    this.#isStarving = isStarving;
    this.#reading.starve(isStarving);
  }

  async #complete(): Promise<void> {
    if (this.#isTaken) throw alreadyRead();
    this.#isCollecting = true;
    this.#attendance?.look();
    if (this.#isFinished) this.#collectedCompletely();
    this.#collect(this.#pieces.length - this.#reported);
    if (!this.#isFinished && this.#error === undefined && this.#uncounted === 0) this.#starve(true);
    while (!this.#isFinished && this.#error === undefined) await this.#change(this.#uncounted === 0);
    if (this.#error !== undefined) throw this.#error;
  }

  // Reports collected bytes as consumed, so that the peer may send more although nothing was read.
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

  // Bytes beyond the limit wait as long as the collection holds a complete message, whose handler will make room.
  #count(bytes: number): void {
    const { collection, maxMessageSize } = this.#limits;
    if (this.#uncounted === 0 && collection.add(bytes)) {
      this.#counted += bytes;
      this.#report(bytes);
    } else if (collection.hasWhole) {
      this.#uncounted += bytes;
      this.#starve(false);
      collection.wait(this);
    } else {
      this.#refuse(`messages of more than ${maxMessageSize} bytes together, maxMessageSize`);
    }
  }

  #report(bytes: number): void {
    if (this.#payload === undefined) this.#reported += bytes;
    this.#reading.consumed(bytes);
  }

  #refuse(message: string): void {
    this.#starve(false);
    this.#drop();
    this.#error = new MessageTooLargeError(message);
    this.#reading.stop();
    this.#changed();
  }

  // The message has arrived completely. Its bytes stay counted until its handler has settled.
  #collectedCompletely(): void {
    if (this.#isSettled) {
      this.#release();
    } else if (!this.#isRecordedAsComplete) {
      this.#isRecordedAsComplete = true;
      this.#limits.collection.addWhole();
    }
  }

  #release(): void {
    const [counted, uncounted, isWhole] = [this.#counted, this.#uncounted, this.#isRecordedAsComplete];
    this.#counted = 0;
    this.#uncounted = 0;
    this.#isRecordedAsComplete = false;
    if (uncounted > 0) this.#report(uncounted);
    this.#limits.collection.remove(this, counted, isWhole);
  }

  #drop(): void {
    if (this.#isCollecting) this.#release();
    const unread = this.#pieces.length - this.#reported;
    this.#pieces.clear();
    this.#reported = 0;
    if (unread > 0) this.#reading.consumed(unread);
  }

  #change(isWanting = true): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
      // This call may deliver bytes before it returns, so `#onChange` has to be set by now.
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
