import { CloseCode, type Utf8Validator } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { MessageBody } from '../contract/message-body.js';
import type { ArrivingMessage, InflatingEvents, Pieces } from '../contract/message-codec.js';
import type { Arriving, InflationRoom } from './inflation-room.js';

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
  readonly queue: Pieces;
  /** Begins to inflate. @throws ProtocolError 1011 when there is no memory for it. */
  start(): Inflation;
  /** What it shares with the other messages of the connection. */
  readonly room: InflationRoom;
  /** Checks text; absent for other messages. */
  readonly utf8: Utf8Validator | undefined;
  readonly events: InflatingEvents;
}

/**
 * A compressed message on its way to who reads it: what comes is inflated when the reader has room, and not before. So
 * the reader holds back its peer, and no more is held than what came and a step of what that stands for. How far it may
 * get ahead of a reader that does not wait for it is up to its {@link InflationRoom}.
 */
export class InflatingBody implements ArrivingMessage, Arriving {
  /** Who reads it. Without one, and after `stop`, the message is dropped as it is inflated. */
  reader: MessageBody | undefined;
  isOver = false;
  isWaitedFor = false;
  readonly #start: () => Inflation;
  readonly #room: InflationRoom;
  readonly #utf8: Utf8Validator | undefined;
  readonly #events: InflatingEvents;
  readonly #queue: Pieces;
  #inflation: Inflation | undefined;
  // Bytes that were given to zlib and may not be used up.
  #under = 0;
  #unread = 0;
  // The reader waits for more.
  #isWanted = false;
  #isEnding = false;
  #hasEnded = false;
  #isRunning = false;
  #isDeferred = false;
  // As the reader says, and as it was told on.
  #isReaderStarving = false;
  #isStarving = false;

  constructor({ queue, start, room, utf8, events }: InflatingParts) {
    this.#queue = queue;
    this.#start = start;
    this.#room = room;
    this.#utf8 = utf8;
    this.#events = events;
    room.enter(this);
  }

  get isFirst(): boolean {
    return this.#room.isInOrder;
  }

  append(slice: Uint8Array, isLent = false): void {
    if (this.isOver) this.#events.onUsed(slice.length);
    else this.#queue.push(slice, isLent);
    this.#run();
  }

  finish(): void {
    this.#isEnding = true;
    this.#run();
  }

  cancel(error: Error): void {
    if (this.isOver) return;
    this.#end();
    this.reader?.cancel(error);
    this.#room.leave(this, error);
  }

  /** The reader has taken bytes. */
  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#room.addUnread(-bytes);
    this.#run();
  }

  /** The reader has taken all there is, and waits for more. */
  wanted(): void {
    if (this.isOver) return;
    this.#isWanted = true;
    if (this.#room.isTurnOf(this)) this.#run();
    else this.#room.waitFor(this);
  }

  /** The reader has nothing to read, or has again. */
  starve(isStarving: boolean): void {
    this.#isReaderStarving = isStarving;
    this.#tellStarving();
  }

  /** The reader wants no more. */
  stop(): void {
    this.reader = undefined;
    this.#room.addUnread(-this.#unread);
    this.#unread = 0;
    if (this.isOver) return;
    // Messages that follow may refer to it.
    if (this.#room.isInOrder) {
      this.#run();
      return;
    }
    this.#end();
    this.#events.onStop();
    this.#room.leave(this);
  }

  /** For {@link InflationRoom} alone. */
  resume(): void {
    this.#isDeferred = false;
    this.#run();
  }

  /** For {@link InflationRoom} alone. */
  fail(error: unknown): void {
    if (this.isOver) return;
    const reader = this.reader;
    this.#end();
    reader?.cancel(error as Error);
    this.#events.onFault(error);
    this.#room.leave(this, error as Error);
  }

  #run(): void {
    // A reader that takes what it gets at once calls from within.
    if (this.#isRunning || this.isOver || !this.#room.isTurnOf(this)) return;
    this.#isRunning = true;
    try {
      while (this.#mayStep() && this.#step());
    } catch (error) {
      this.fail(error);
    }
    this.#isRunning = false;
    this.#tellStarving();
  }

  // Who waits only for a turn of the event loop needs nothing of the peer.
  #tellStarving(): void {
    const isStarving = this.#isReaderStarving && !this.#isDeferred && this.#unread === 0;
    if (this.#isStarving === isStarving) return;
    this.#isStarving = isStarving;
    this.#events.onStarve(isStarving);
  }

  #mayStep(): boolean {
    if (this.isOver || (this.#queue.length === 0 && this.#under === 0 && !this.#isEnding)) return false;
    const room = this.#room;
    const isWanted = this.#isWanted || this.reader === undefined;
    if (!isWanted) {
      if (!room.hasRoom || (this.#unread > STEP / 2 && !room.isHoldingUp)) return false;
      if (this.#inflation === undefined && !room.hasContextAhead) return false;
    }
    if (!room.isSpent) return true;
    if (!this.#isDeferred) {
      this.#isDeferred = true;
      room.defer(this);
    }
    return false;
  }

  // False when there is nothing to do before more comes.
  #step(): boolean {
    const inflation = this.#inflation ?? this.#begin();
    if (inflation === undefined) return false;
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

  #begin(): Inflation | undefined {
    this.#room.open(this);
    // It may have been one too many.
    if (this.isOver) return undefined;
    this.#inflation = this.#start();
    return this.#inflation;
  }

  #put(output: Uint8Array): void {
    if (this.#utf8?.push(output) === false) throw invalidUtf8();
    if (this.reader === undefined || output.length === 0) return;
    this.#isWanted = false;
    this.#unread += output.length;
    this.#room.addUnread(output.length);
    this.reader.append(output);
  }

  #complete(): void {
    if (this.#utf8?.isComplete === false) throw invalidUtf8();
    const reader = this.reader;
    this.#end();
    reader?.finish();
    this.#room.leave(this);
  }

  #end(): void {
    this.isOver = true;
    this.#inflation?.cancel();
    this.#inflation = undefined;
    this.#room.close(this);
    const held = this.#queue.length;
    this.#queue.clear();
    this.#used(held);
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
