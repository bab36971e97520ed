import { MessageCancelledError, MessageIncompleteError, MessageTooLargeError, WebsonError } from './protocol/errors.js';
import type { MessageBody } from './protocol/message-table.js';
import { PieceQueue } from './protocol/piece-queue.js';
import type { Reading } from './protocol/receiver.js';

/** The payload of a message that is still arriving: what has come and has not been read. */
export class IncomingBody implements MessageBody {
  readonly #maxSize: number;
  readonly #reading: Reading;
  readonly #pieces = new PieceQueue();
  #isFinished = false;
  #isTaken = false;
  #isCollecting = false;
  #collected = 0;
  #payload: Uint8Array | undefined;
  #error: Error | undefined;
  #onChange: (() => void) | undefined;
  #completion: Promise<void> | undefined;

  /** @param maxSize bytes that are put together at most, for who wants the message complete. */
  constructor(reading: Reading, maxSize: number) {
    this.#reading = reading;
    this.#maxSize = maxSize;
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
    this.#changed();
  }

  cancel(error: Error): void {
    if (this.#isFinished) return;
    this.#error = error;
    this.#drop();
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
    this.#reading.consumed(whole.length - this.#collected);
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
        this.#reading.consumed(piece.length);
        return piece;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#isFinished) return undefined;
      await this.#change();
    }
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.cancel(new MessageCancelledError('the reader left'));
    this.#drop();
    this.#reading.stop();
  }

  async #complete(): Promise<void> {
    if (this.#isTaken) throw alreadyRead();
    this.#isCollecting = true;
    this.#collect(this.#pieces.length);
    while (!this.#isFinished && this.#error === undefined) await this.#change();
    if (this.#error !== undefined) throw this.#error;
  }

  // Lets the peer send more although nothing was read.
  #collect(bytes: number): void {
    if (this.#collected + bytes > this.#maxSize) {
      this.#drop();
      this.#error = new MessageTooLargeError(`a message of more than ${this.#maxSize} bytes, maxMessageSize`);
      this.#reading.stop();
      return;
    }
    this.#collected += bytes;
    this.#reading.consumed(bytes);
  }

  #drop(): void {
    const unread = this.#pieces.length - this.#collected;
    this.#pieces.clear();
    this.#collected = 0;
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
