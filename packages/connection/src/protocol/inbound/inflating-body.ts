import { CloseCode, type Utf8Validator } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { MessageBody } from '../contract/message-body.js';
import type { ArrivingMessage, InflatingEvents, Pieces } from '../contract/message-codec.js';
import type { Arriving, InflationRoom } from './inflation-room.js';

/** Most bytes that are inflated at a time. No more are inflated while over half as many wait for the reader. */
const STEP = 64 * 1024;

/** A message that is inflated piece by piece. */
export interface Inflation {
  /** True when the whole message has been returned by `pull`. */
  readonly isDone: boolean;
  /**
   * Adds a part of the payload. The part must not change, and no other be added, until `pull` returns undefined.
   *
   * @throws as `pull`.
   */
  push(part: Uint8Array): void;
  /** Marks the end of the payload: no more parts follow. */
  end(): void;
  /**
   * Returns the next bytes of the message, at most `most` and perhaps none; undefined when another part is needed, and
   * when the message is complete.
   *
   * @throws ProtocolError as {@link MessageCodec.inflate}.
   */
  pull(most: number): Uint8Array | undefined;
  /** Gives the message up and frees its memory. */
  cancel(): void;
}

/** The parts that an {@link InflatingBody} works with. */
export interface InflatingParts {
  /** An empty queue, for payload that has arrived and cannot be inflated yet. */
  readonly queue: Pieces;
  /** Begins to inflate the message. @throws ProtocolError 1011 when there is no memory for it. */
  start(): Inflation;
  /** The limits and the order that it shares with the other messages of the connection. */
  readonly room: InflationRoom;
  /** Checks the text of a text message; undefined for other messages. */
  readonly utf8: Utf8Validator | undefined;
  readonly events: InflatingEvents;
}

/**
 * Inflates a compressed message as it arrives, for a reader (RFC 7692 §7.2.2).
 *
 * - Payload is inflated only when the reader has room for it. Payload that waits is not reported as used, so flow
 *   control holds the peer back, and no more is held than the payload that arrived and one step of its content.
 * - Its {@link InflationRoom} decides how far it may get ahead of a reader that does not wait for it.
 * - Every payload byte is reported as used once, also when the message ends early or nobody reads it.
 * - Text is checked after inflation, before the reader gets it (RFC 6455 §8.1).
 */
export class InflatingBody implements ArrivingMessage, Arriving {
  /** The reader. Without one, and after `stop`, the content is dropped as it is inflated. */
  reader: MessageBody | undefined;
  isOver = false;
  isWaitedFor = false;
  readonly #start: () => Inflation;
  readonly #room: InflationRoom;
  readonly #utf8: Utf8Validator | undefined;
  readonly #events: InflatingEvents;
  readonly #queue: Pieces;
  #inflation: Inflation | undefined;
  // Payload bytes given to the inflation that it may not have used up.
  #inZlib = 0;
  // Inflated bytes that the reader has got and not read.
  #unread = 0;
  // The reader has read everything and waits for more.
  #isWanted = false;
  #isEnding = false;
  #hasEnded = false;
  #isRunning = false;
  #isDeferred = false;
  // What the reader said last, and what the events were told last.
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

  /** The reader has read bytes. */
  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#room.addUnread(-bytes);
    this.#run();
  }

  /** The reader has read everything it got, and waits for more. */
  wanted(): void {
    if (this.isOver) return;
    this.#isWanted = true;
    if (this.#room.isTurnOf(this)) this.#run();
    else this.#room.waitFor(this);
  }

  /** The reader begins to wait for more of the message, or stops waiting. */
  starve(isStarving: boolean): void {
    this.#isReaderStarving = isStarving;
    this.#tellStarving();
  }

  /** The reader wants no more of the message. */
  stop(): void {
    this.reader = undefined;
    this.#room.addUnread(-this.#unread);
    this.#unread = 0;
    if (this.isOver) return;
    // With context takeover the messages that follow may refer to this one, so the rest of it is inflated too.
    if (this.#room.isInOrder) {
      this.#run();
      return;
    }
    this.#end();
    this.#events.onStop();
    this.#room.leave(this);
  }

  /** Goes on inflating; called only by {@link InflationRoom}. */
  resume(): void {
    this.#isDeferred = false;
    this.#run();
  }

  /** Fails the message, and the connection; called by this class and {@link InflationRoom}. */
  fail(error: unknown): void {
    if (this.isOver) return;
    const reader = this.reader;
    this.#end();
    reader?.cancel(error as Error);
    this.#events.onFault(error);
    this.#room.leave(this, error as Error);
  }

  #run(): void {
    // A reader that reads at once calls `consumed` and `wanted` from within the loop.
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

  // A reader starves only when it needs more from the peer: not while content is unread or waits for a later turn.
  #tellStarving(): void {
    const isStarving = this.#isReaderStarving && !this.#isDeferred && this.#unread === 0;
    if (this.#isStarving === isStarving) return;
    this.#isStarving = isStarving;
    this.#events.onStarve(isStarving);
  }

  #mayStep(): boolean {
    if (this.isOver || (this.#queue.length === 0 && this.#inZlib === 0 && !this.#isEnding)) return false;
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

  // Returns false when nothing can be done before more payload arrives.
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
      this.#inZlib = piece.length;
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
    // The context may have exceeded the limit, and then the message has failed.
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
    const bytes = this.#inZlib + more;
    this.#inZlib = 0;
    if (bytes > 0) this.#events.onUsed(bytes);
  }
}

function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}
