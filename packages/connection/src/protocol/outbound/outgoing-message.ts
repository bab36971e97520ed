import type { Deflation } from '../contract/message-codec.js';
import type { OutboundWindow } from '../contract/window.js';

/** Most pieces that wait separately, each for a frame of its own. Small pieces added after these are put together. */
const SEPARATE_PIECES = 16;
/** The size of the memory in which small pieces are put together, in bytes. */
const ROOM_LENGTH = 16 * 1024;
const SMALLEST_ROOM = 256;

/** The events of a message that is sent piece by piece. No method may throw. */
export interface OutgoingEvents {
  /**
   * The next piece is wanted. Called when the turn of the message has come, and then whenever less than a chunk waits; at last when
   * its last frame is queued.
   */
  onRoom(): void;
  /** The peer wants no more of it. */
  onStop(): void;
}

/** The states of an {@link OutgoingMessage}. */
export const OutgoingState = {
  /** It waits for a stream id or, without streams, for the end of the messages before it. */
  Waiting: 0,
  /** It waits for its turn. */
  Ready: 1,
  /** It waits for another piece, or for the peer to raise a window. */
  Parked: 2,
  /** Its last frame is queued, or it was aborted. */
  Done: 3,
} as const;
/** One of the values of {@link OutgoingState}. */
export type OutgoingState = (typeof OutgoingState)[keyof typeof OutgoingState];

/** A message on its way out, with the pieces that have not been sent yet. Only the sender uses it. */
export class OutgoingMessage {
  /** The first byte of its first frame without FIN: the opcode, and RSV1 when it is compressed. */
  first: number;
  /** True when all of it is known from the start. It is sent in one frame unless it shares the connection. */
  readonly isWhole: boolean;
  readonly events: OutgoingEvents | undefined;
  state: OutgoingState = OutgoingState.Waiting;
  /** The id of its stream; 0 without streams, and before it has one. */
  streamId = 0;
  /** Its number among all messages that were begun, counted from 1 modulo 2^32; 0 before it has begun. */
  openNumber = 0;
  window: OutboundWindow | undefined;
  /** True when a frame of it was queued in the outbox: without streams it cannot be taken back. */
  isBegun = false;
  /** The position at which its last frame ends in the output of the connection; Infinity before that frame is queued. */
  end: number = Number.POSITIVE_INFINITY;
  /** True while a piece lies in memory of its source. No piece may follow before it is sent. */
  isLent = false;
  /** True when no more pieces will follow. */
  isComplete = false;
  /** True while the payload is as it was dispatched. It may be compressed when its turn has come. */
  isRaw = false;
  /** True while it is being compressed in another thread. */
  isDeflating = false;
  /** Set when its pieces are compressed one by one. */
  deflation: Deflation | undefined;
  /** True when a piece has been written. */
  hasPieces = false;
  #pieces: Uint8Array[] = [];
  #at = 0;
  #queued = 0;
  // The free memory behind the last piece.
  #room: Uint8Array | undefined;

  constructor(first: number, isWhole: boolean, events?: OutgoingEvents) {
    this.first = first;
    this.isWhole = isWhole;
    this.events = events;
  }

  /** The number of bytes that wait to be sent. */
  get queued(): number {
    return this.#queued;
  }

  /** Adds a piece. It must not change until it is sent. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#room = undefined;
    this.#pieces.push(piece);
    this.#queued += piece.length;
  }

  /** Adds a copy of a piece. Many small pieces are put together in memory and in frames, so that each costs only its bytes. */
  addCopy(piece: Uint8Array): void {
    if (this.#pieces.length < SEPARATE_PIECES) {
      this.add(new Uint8Array(piece));
      return;
    }
    const { length } = piece;
    const room = this.#room;
    if (room !== undefined && length <= room.length) {
      room.set(piece);
      const last = this.#pieces.length - 1;
      const before = this.#pieces[last]!;
      this.#pieces[last] = new Uint8Array(before.buffer, before.byteOffset, before.length + length);
      this.#room = room.subarray(length);
      this.#queued += length;
      return;
    }
    const memory = new Uint8Array(Math.max(length, SMALLEST_ROOM, Math.min(this.#queued, ROOM_LENGTH)));
    memory.set(piece);
    this.add(memory.subarray(0, length));
    if (length < memory.length) this.#room = memory.subarray(length);
  }

  /** The first piece. Nothing of it may have been taken yet. */
  get piece(): Uint8Array {
    return this.#pieces[0] ?? new Uint8Array(0);
  }

  /** Takes the next bytes: at most `limit`, and not beyond the end of a piece. */
  take(limit: number): Uint8Array {
    const piece = this.#pieces[0];
    if (piece === undefined) return new Uint8Array(0);
    // The application may have detached the buffer of a piece of its own. That can only be the last piece, so its length was
    // `queued`. Zeros are sent instead.
    const isGone = piece.length === 0;
    const length = Math.min(limit, isGone ? this.#queued : piece.length - this.#at);
    const part = isGone ? new Uint8Array(length) : piece.subarray(this.#at, this.#at + length);
    this.#queued -= length;
    if (this.#queued === 0) this.isLent = false;
    this.#at += length;
    if (isGone ? this.#queued === 0 : this.#at === piece.length) {
      this.#pieces.shift();
      this.#at = 0;
      if (this.#pieces.length === 0) this.#room = undefined;
    }
    return part;
  }

  /** Drops the bytes that have not been sent, and returns how many these were. */
  drop(): number {
    this.deflation?.cancel();
    this.deflation = undefined;
    const dropped = this.#queued;
    this.#pieces = [];
    this.#room = undefined;
    this.#at = 0;
    this.#queued = 0;
    return dropped;
  }
}
