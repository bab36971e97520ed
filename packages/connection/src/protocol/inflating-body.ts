import { CloseCode, type Utf8Validator } from '@webson/frame';
import { ProtocolError } from './errors.js';
import type { Inflation } from './message-codec.js';
import type { MessageBody } from './message-table.js';
import { PieceQueue } from './piece-queue.js';

/** Bytes that are inflated at a time; half of that may wait for the reader when the next are. */
const STEP = 64 * 1024;

/** What stands before and behind an {@link InflatingBody}. */
export interface InflatingParts {
  /** Begins to inflate. */
  start(): Inflation;
  /** The message before, when this one may refer to it. */
  readonly previous: InflatingBody | undefined;
  /** Checks text; absent for other messages. */
  readonly utf8: Utf8Validator | undefined;
  /** Compressed bytes are used up. */
  onUsed(bytes: number): void;
  /** Nobody wants the rest. */
  onStop(): void;
  /** The message is at fault. */
  onFault(error: unknown): void;
}

/**
 * A compressed message on its way to who reads it: what comes is inflated when the reader has room, and not before. So
 * the reader holds back its peer, and no more is held than what came and a step of what that stands for.
 */
export class InflatingBody implements MessageBody {
  readonly #parts: InflatingParts;
  #previous: InflatingBody | undefined;
  #next: InflatingBody | undefined;
  #reader: MessageBody | undefined;
  readonly #queue = new PieceQueue();
  #inflation: Inflation | undefined;
  // Bytes that were given to zlib and may not be used up.
  #under = 0;
  #unread = 0;
  #isEnding = false;
  #hasEnded = false;
  #isRunning = false;
  #isOver = false;

  constructor(parts: InflatingParts) {
    this.#parts = parts;
    this.#previous = parts.previous;
  }

  /** Says who reads it. Without one, and after `stop`, the message is dropped as it is inflated. */
  set reader(body: MessageBody | undefined) {
    this.#reader = body;
  }

  append(slice: Uint8Array, isLent = false): void {
    if (this.#isOver) this.#parts.onUsed(slice.length);
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
    this.#reader?.cancel(error);
  }

  /** The reader has taken bytes. */
  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#run();
  }

  /** The reader wants no more. @param isNeeded the messages that follow may refer to the rest. */
  stop(isNeeded: boolean): void {
    this.#reader = undefined;
    this.#unread = 0;
    if (this.#isOver) return;
    if (isNeeded) {
      this.#run();
      return;
    }
    this.#end();
    this.#parts.onStop();
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
    this.#inflation ??= this.#parts.start();
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
    const { utf8 } = this.#parts;
    if (utf8?.push(output) === false) throw invalidUtf8();
    if (this.#reader === undefined) return;
    this.#unread += output.length;
    this.#reader.append(output);
  }

  #complete(): void {
    if (this.#parts.utf8?.isComplete === false) throw invalidUtf8();
    const reader = this.#reader;
    this.#end();
    reader?.finish();
  }

  #fail(error: unknown): void {
    const reader = this.#reader;
    this.#end();
    reader?.cancel(error as Error);
    this.#parts.onFault(error);
  }

  #end(): void {
    this.#isOver = true;
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
    if (bytes > 0) this.#parts.onUsed(bytes);
  }
}

function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}
