import { CloseCode, type Utf8Validator } from '@webson/frame';
import { ProtocolError } from './errors.js';
import type { ArrivingMessage, InflatingEvents } from './message-codec.js';
import type { MessageBody } from './message-table.js';
import type { PieceQueue } from './piece-queue.js';

/** Bytes that are inflated at a time; half of that may wait for the reader when the next are. */
const STEP = 64 * 1024;

/** A message that is inflated piece by piece. */
export interface Inflation {
  /** All of it has been put out. */
  readonly isDone: boolean;
  /** Adds a part of the payload: one at a time, which must not change until `pull` gives nothing. @throws as `pull`. */
  push(part: Uint8Array): void;
  /** No more parts will come. */
  end(): void;
  /**
   * The next bytes, at most `most`, perhaps none; nothing when another part is needed, or all is done.
   *
   * @throws ProtocolError as {@link MessageCodec.inflate}.
   */
  pull(most: number): Uint8Array | undefined;
  /** Gives it up. */
  cancel(): void;
}

/** What an {@link InflatingBody} is made of. */
export interface InflatingParts {
  /** For what has come and cannot be inflated yet: empty. */
  readonly queue: PieceQueue;
  /** Begins to inflate. @throws ProtocolError 1011 when there is no memory for it. */
  start(): Inflation;
  /** The message before, when this one may refer to it. */
  readonly previous: InflatingBody | undefined;
  /** The messages that follow may refer to it. */
  readonly isNeeded: boolean;
  /** Checks text; absent for other messages. */
  readonly utf8: Utf8Validator | undefined;
  readonly events: InflatingEvents;
}

/**
 * A compressed message on its way to who reads it: what comes is inflated when the reader has room, and not before. So
 * the reader holds back its peer, and no more is held than what came and a step of what that stands for.
 */
export class InflatingBody implements ArrivingMessage {
  /** Who reads it. Without one, and after `stop`, the message is dropped as it is inflated. */
  reader: MessageBody | undefined;
  readonly #start: () => Inflation;
  readonly #isNeeded: boolean;
  readonly #utf8: Utf8Validator | undefined;
  readonly #events: InflatingEvents;
  #previous: InflatingBody | undefined;
  #next: InflatingBody | undefined;
  readonly #queue: PieceQueue;
  #inflation: Inflation | undefined;
  // Bytes that were given to zlib and may not be used up.
  #under = 0;
  #unread = 0;
  #isEnding = false;
  #hasEnded = false;
  #isRunning = false;
  #isOver = false;

  constructor({ queue, start, previous, isNeeded, utf8, events }: InflatingParts) {
    this.#queue = queue;
    this.#start = start;
    this.#isNeeded = isNeeded;
    this.#utf8 = utf8;
    this.#events = events;
    // Not for longer than it is waited for: else every message would keep all that came before it.
    this.#previous = previous;
  }

  append(slice: Uint8Array, isLent = false): void {
    if (this.#isOver) this.#events.onUsed(slice.length);
    else this.#queue.push(slice, isLent);
    this.#run();
  }

  finish(): void {
    this.#isEnding = true;
    this.#run();
  }

  cancel(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.reader?.cancel(error);
  }

  /** The reader has taken bytes. */
  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#run();
  }

  /** The reader wants no more. */
  stop(): void {
    this.reader = undefined;
    this.#unread = 0;
    if (this.#isOver) return;
    if (this.#isNeeded) {
      this.#run();
      return;
    }
    this.#end();
    this.#events.onStop();
  }

  #run(): void {
    // A reader that takes what it gets at once calls from within.
    if (this.#isRunning || this.#isOver) return;
    if (this.#previous !== undefined) {
      if (!this.#previous.#isOver) {
        this.#previous.#next = this;
        return;
      }
      this.#previous = undefined;
    }
    this.#isRunning = true;
    try {
      while (!this.#isOver && this.#unread <= STEP / 2 && this.#step());
    } catch (error) {
      this.#fail(error);
    }
    this.#isRunning = false;
  }

  // False when there is nothing to do before more comes.
  #step(): boolean {
    if (this.#queue.length === 0 && this.#under === 0 && !this.#isEnding) return false;
    this.#inflation ??= this.#start();
    const inflation = this.#inflation;
    const output = inflation.pull(STEP);
    if (output !== undefined) {
      this.#put(output);
      return true;
    }
    this.#used(0);
    if (inflation.isDone) {
      this.#complete();
      return false;
    }
    const piece = this.#queue.shift();
    if (piece !== undefined) {
      this.#under = piece.length;
      inflation.push(piece);
      return true;
    }
    if (!this.#isEnding || this.#hasEnded) return false;
    this.#hasEnded = true;
    inflation.end();
    return true;
  }

  #put(output: Uint8Array): void {
    if (this.#utf8?.push(output) === false) throw invalidUtf8();
    if (this.reader === undefined || output.length === 0) return;
    this.#unread += output.length;
    this.reader.append(output);
  }

  #complete(): void {
    if (this.#utf8?.isComplete === false) throw invalidUtf8();
    const reader = this.reader;
    this.#end();
    reader?.finish();
  }

  #fail(error: unknown): void {
    const reader = this.reader;
    this.#end();
    reader?.cancel(error as Error);
    this.#events.onFault(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#previous = undefined;
    this.#inflation?.cancel();
    this.#inflation = undefined;
    const held = this.#queue.length;
    this.#queue.clear();
    this.#used(held);
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) next.#run();
  }

  #used(more: number): void {
    const bytes = this.#under + more;
    this.#under = 0;
    if (bytes > 0) this.#events.onUsed(bytes);
  }
}

function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}
