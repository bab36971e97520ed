import { MessageCancelledError, MessageIncompleteError, MessageTooLargeError, WebsonError } from './protocol/errors.js';
import type { MessageBody } from './protocol/message-table.js';
import type { Reading } from './protocol/receiver.js';

/** A slice that is less than this part of the memory it is a view of is copied, so as not to hold all of that. */
const KEPT_PART = 2;
/** A slice of this many bytes is passed to a reader that waits for it as it is; a smaller one, which it may keep, copied. */
const PASSED_FROM = 4 * 1024;
/** Small slices are put together in pieces of this many bytes. */
const PIECE_LENGTH = 16 * 1024;

/** The payload of a message that is still arriving: what has come and has not been read. */
export class IncomingBody implements MessageBody {
  readonly #maxSize: number;
  readonly #reading: Reading;
  #pieces: Uint8Array[] = [];
  // Room left in the last piece, if that is one of ours.
  #room: Uint8Array | undefined;
  #length = 0;
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
    return this.#payload?.length ?? this.#length;
  }

  append(slice: Uint8Array): void {
    if (this.#onChange !== undefined && !this.#isCollecting) this.#pass(slice);
    else this.#keep(slice);
    this.#length += slice.length;
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
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#payload = whole;
    this.#pieces = [];
    this.#reading.consumed(this.#length - this.#collected);
    this.#length = 0;
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
        if (this.#pieces.length === 0) this.#room = undefined;
        this.#length -= piece.length;
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
    this.#collect(this.#length);
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

  // A reader waits for it: it does not stay here.
  #pass(slice: Uint8Array): void {
    this.#pieces.push(slice.length < PASSED_FROM ? slice.slice() : slice);
  }

  #keep(slice: Uint8Array): void {
    if (slice.length * KEPT_PART >= slice.buffer.byteLength) {
      this.#room = undefined;
      this.#pieces.push(slice);
      return;
    }
    const { length } = slice;
    if (this.#room !== undefined && this.#room.length >= length) {
      this.#room.set(slice);
      const last = this.#pieces.length - 1;
      const piece = this.#pieces[last]!;
      this.#pieces[last] = new Uint8Array(piece.buffer, piece.byteOffset, piece.length + length);
      this.#room = this.#room.subarray(length);
      return;
    }
    const memory = new Uint8Array(Math.max(length, PIECE_LENGTH));
    memory.set(slice);
    this.#pieces.push(memory.subarray(0, length));
    this.#room = memory.subarray(length);
  }

  #drop(): void {
    const unread = this.#length - this.#collected;
    this.#pieces = [];
    this.#room = undefined;
    this.#length = 0;
    this.#collected = 0;
    if (unread > 0) this.#reading.consumed(unread);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
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
