import type { Deflation } from '../contract/message-codec.js';
import type { OutboundWindow } from '../contract/window.js';

/** So many pieces may wait as they are, for a frame each; small ones that come when as many do are put together. */
const SEPARATE_PIECES = 16;
/** In memory of so many bytes. */
const ROOM_LENGTH = 16 * 1024;
const SMALLEST_ROOM = 256;

/** What who sends a message piece by piece wants to know. None of these may throw. */
export interface OutgoingEvents {
  /** The next piece is wanted: at first when its turn has come, then whenever little of it waits. */
  onRoom(): void;
  /** The peer wants no more of it. */
  onStop(): void;
}

/** Where an {@link OutgoingMessage} stands with the sender. */
export const OutgoingState = {
  /** Waits for a stream id; without streams, for the end of the messages before it. */
  Waiting: 0,
  /** Waits for its turn. */
  Ready: 1,
  /** Waits for another piece, or for the peer to take more. */
  Parked: 2,
  /** Its last frame is queued, or it was given up. */
  Done: 3,
} as const;
/** One of the values of {@link OutgoingState}. */
export type OutgoingState = (typeof OutgoingState)[keyof typeof OutgoingState];

/** A message on its way out: the pieces of it that have not been sent yet. For the sender's eyes, but for `isBegun`. */
export class OutgoingMessage {
  /** Opcode, and RSV1 when it is compressed: the first byte of its first frame but for FIN. */
  first: number;
  /** All of it is there from the start, to be sent in one frame unless it shares the connection. */
  readonly isWhole: boolean;
  readonly events: OutgoingEvents | undefined;
  state: OutgoingState = OutgoingState.Waiting;
  /** Its stream; 0 without streams, and before it has one. */
  streamId = 0;
  /** Which of all the messages that were begun, from 1 on, modulo 2^32; 0 before. */
  openNumber = 0;
  window: OutboundWindow | undefined;
  /** A frame of it is on its way: without streams it cannot be taken back. */
  isBegun = false;
  /** Bytes queued on the connection up to the end of its last frame; Infinity before that is queued. */
  end: number = Number.POSITIVE_INFINITY;
  /** A piece of it is still where its source has it: none may follow before that is sent. */
  isLent = false;
  /** No more pieces will come. */
  isComplete = false;
  /** It is still as it was dispatched: when its turn has come it may be compressed. */
  isRaw = false;
  /** It is being compressed in another thread. */
  isDeflating = false;
  /** Compresses the pieces of a message that is sent so. */
  deflation: Deflation | undefined;
  /** A piece has been written. */
  hasPieces = false;
  #pieces: Uint8Array[] = [];
  #at = 0;
  #queued = 0;
  // Room left behind the last piece.
  #room: Uint8Array | undefined;

  constructor(first: number, isWhole: boolean, events?: OutgoingEvents) {
    this.first = first;
    this.isWhole = isWhole;
    this.events = events;
  }

  /** Bytes that wait to be sent. */
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

  /** Adds a copy of a piece. Many small ones are put together, in memory and in frames, so that each costs its bytes. */
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

  /** The next piece, of which nothing has been taken. */
  get piece(): Uint8Array {
    return this.#pieces[0] ?? new Uint8Array(0);
  }

  /** Takes off the next bytes: at most `limit`, and no further than the end of a piece. */
  take(limit: number): Uint8Array {
    const piece = this.#pieces[0];
    if (piece === undefined) return new Uint8Array(0);
    // Only the last piece can be somebody else's, who has taken its buffer away: its length was all that is queued.
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

  /** Forgets what has not been sent. Returns how many bytes that was. */
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
