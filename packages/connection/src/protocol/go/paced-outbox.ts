import {
  headerLength,
  maskPayload,
  Opcode,
  type PrivateMask,
  privateMaskOf,
  STREAM_HEADER_LENGTH,
  writeHeader,
} from '@webson/frame';
import type { FrameQueue } from '../frame-queue.js';
import type { Platform } from '../platform.js';
import type { GoSettings } from './settings.js';

/** A masked ping with 4 bytes of payload. */
export const SYNC_LENGTH = 10;
/** The largest Close, masked: it must not wait when the connection fails. */
export const CLOSE_LENGTH = 131;
const FIN = 0x80;
const OPCODE = 0x0f;
const SYNC_PAYLOAD_LENGTH = 4;
/** A frame of so many bytes has memory of its own. */
const ALONE_FROM = 1024;
/** Memory that smaller ones are laid in. */
const ROOM_LENGTH = 4 * 1024;
const NO_ROOM = new Uint8Array(0);
const KNOCK_PAYLOAD = Uint8Array.of(0xff, 0x77);

/**
 * The outbox towards a Go peer. That reads into a small buffer and drops the connection, without a word, when a frame's
 * header is cut by the end of it. So no more than `pacing` bytes are ever on their way: they leave in one write that ends
 * in a ping of its own, and the next write waits for the pong. Without pacing every write is one frame.
 */
export class PacedOutbox implements FrameQueue {
  readonly #platform: Platform;
  readonly #masked: boolean;
  readonly #privateMask: PrivateMask | undefined;
  readonly #pacing: number | undefined;
  // Answers to pings go at once: two peers that pace would else wait for each other.
  #pongs: Uint8Array[] = [];
  #pongLength = 0;
  #frames: Uint8Array[] = [];
  // Those before it have been handed over.
  #at = 0;
  // For frames to come.
  #room: Uint8Array = NO_ROOM;
  // The last frame of all.
  #close: Uint8Array | undefined;
  // Bytes of all these.
  #length = 0;
  #takenLength = 0;
  #inFlight = 0;
  #takenMessages = 0;
  #messagesInFlight = 0;
  #isHeld: boolean;
  // A ping that leaves although everything else is held.
  #knock: Uint8Array | undefined;
  #isPaced: boolean;
  // Our Close has left: no ping may follow it.
  #hasClosed = false;
  // Bytes handed over, and how many of them the peer is known to have read.
  #written = 0;
  #read = 0;
  // The ping that is awaited: its number, and the bytes written up to it.
  #awaited: { number: number; end: number } | undefined;
  #number = 0;
  // Pings handed over, of whomever, that have no pong yet.
  #pings = 0;

  /** @param isHeld nothing is handed over before `release`. */
  constructor(
    platform: Platform,
    masked: boolean,
    privateMask: Uint8Array | undefined,
    { pacing }: GoSettings,
    isHeld: boolean,
  ) {
    this.#platform = platform;
    this.#masked = masked;
    this.#privateMask = privateMask === undefined ? undefined : privateMaskOf(privateMask);
    this.#pacing = pacing;
    this.#isPaced = pacing !== undefined;
    this.#isHeld = isHeld;
  }

  get length(): number {
    return this.#length;
  }

  get sendable(): number {
    if (this.#isHeld) return this.#knock?.length ?? 0;
    return this.#awaited === undefined ? this.#length : this.#pongLength;
  }

  get bufferedAmount(): number {
    return this.#length + this.#inFlight;
  }

  get messages(): number {
    return countMessages(this.#frames.slice(this.#at));
  }

  get messagesInFlight(): number {
    return this.#messagesInFlight;
  }

  get isBlocked(): boolean {
    return this.#inFlight > 0;
  }

  get isWaiting(): boolean {
    return this.#isHeld || this.#awaited !== undefined;
  }

  /** Bytes handed over of which the peer has not shown that it has read them; 0 without pacing. */
  get unread(): number {
    return this.#pacing === undefined ? 0 : this.#written - this.#read;
  }

  addFrame(first: number, payload: Uint8Array, stream = 0): void {
    const start = stream === 0 ? 0 : STREAM_HEADER_LENGTH;
    const frame = this.#encode(first, start + payload.length, (room, at) => {
      if (stream !== 0) {
        room[at] = stream >>> 8;
        room[at + 1] = stream & 0xff;
      }
      room.set(payload, at + start);
    });
    this.#queue(first, frame);
  }

  addText(first: number, text: string): void {
    const frame = this.#encode(first, this.#platform.utf8Length(text), (room, at) => {
      this.#platform.writeUtf8(room, at, text);
    });
    this.#queue(first, frame);
  }

  take(): readonly Uint8Array[] {
    const parts = this.#isHeld ? this.#takeKnock() : this.#isPaced ? this.#takeBatch() : this.#takeOne();
    this.#takenLength = lengthOf(parts);
    this.#takenMessages = countMessages(parts);
    this.#written += this.#takenLength;
    return parts;
  }

  taken(done: boolean): void {
    if (!done) {
      this.#inFlight += this.#takenLength;
      this.#messagesInFlight += this.#takenMessages;
    }
    this.#takenLength = 0;
  }

  drained(): void {
    this.#inFlight = 0;
    this.#messagesInFlight = 0;
  }

  knock(): void {
    if (!this.#isHeld) return;
    this.#knock = this.#encode(FIN | Opcode.Ping, KNOCK_PAYLOAD.length, (frame, at) => frame.set(KNOCK_PAYLOAD, at));
  }

  release(): void {
    this.#isHeld = false;
    this.#knock = undefined;
  }

  acknowledge(payload: Uint8Array): boolean {
    if (isEqual(payload, KNOCK_PAYLOAD)) return true;
    this.#pings = Math.max(this.#pings - 1, 0);
    const awaited = this.#awaited;
    if (awaited === undefined) return false;
    const isOurs = isEqual(payload, syncPayload(awaited.number));
    // A Go peer that is set to read its messages as they arrive has an empty pong for every ping.
    if (!isOurs && (payload.length > 0 || this.#pings > 0)) return false;
    this.#read = awaited.end;
    this.#awaited = undefined;
    return true;
  }

  stopWaiting(): void {
    this.#isPaced = false;
    this.release();
    this.#awaited = undefined;
    this.#length = this.#pongLength + (this.#close?.length ?? 0);
    this.#forgetFrames();
  }

  clear(): void {
    this.#forgetFrames();
    this.#pongs = [];
    this.#close = undefined;
    this.#knock = undefined;
    this.#pongLength = 0;
    this.#length = 0;
    this.#takenLength = 0;
    this.drained();
  }

  #encode(first: number, length: number, lay: (frame: Uint8Array, at: number) => void): Uint8Array {
    const frame = this.#allocate(headerLength(length, this.#masked) + length);
    const start = writeHeader(frame, 0, first, length, this.#masked);
    lay(frame, start);
    if (this.#masked) maskPayload(frame, start, frame.length, this.#privateMask);
    return frame;
  }

  // Small frames that wait lie in memory with others: one of its own takes half a kilobyte more.
  #allocate(length: number): Uint8Array {
    if (length >= ALONE_FROM) return this.#platform.allocate(length);
    if (this.#room.length < length) this.#room = this.#platform.allocate(ROOM_LENGTH);
    const frame = this.#room.subarray(0, length);
    this.#room = this.#room.subarray(length);
    return frame;
  }

  #queue(first: number, frame: Uint8Array): void {
    this.#length += frame.length;
    const opcode = first & OPCODE;
    if (opcode === Opcode.Pong) this.#pongs.push(frame);
    else if (opcode === Opcode.Close) this.#close = frame;
    else this.#frames.push(frame);
    if (opcode === Opcode.Pong) this.#pongLength += frame.length;
  }

  #takeKnock(): Uint8Array[] {
    const parts = this.#knock === undefined ? [] : [this.#knock];
    this.#knock = undefined;
    return parts;
  }

  #takeOne(): Uint8Array[] {
    const frame = this.#takePongs(1)[0] ?? this.#next();
    return frame === undefined ? [] : [frame];
  }

  #takeBatch(): Uint8Array[] {
    const parts = this.#takePongs(this.#pongs.length);
    if (this.#awaited !== undefined) return parts;
    const room = (this.#pacing as number) - CLOSE_LENGTH - SYNC_LENGTH;
    let unread = this.#written - this.#read + lengthOf(parts);
    const isCrowded = unread > room / 2;
    const before = parts.length;
    let frame = this.#peek();
    while (frame !== undefined && unread + frame.length <= room) {
      parts.push(frame);
      unread += frame.length;
      this.#next();
      frame = this.#peek();
    }
    // Answers alone need no answer, or two peers that pace would never come to rest.
    const needsSync = parts.length > before || frame !== undefined || isCrowded;
    if (needsSync && !this.#hasClosed) parts.push(this.#sync(unread));
    return parts;
  }

  #takePongs(count: number): Uint8Array[] {
    const pongs = this.#pongs.splice(0, count);
    this.#pongLength -= lengthOf(pongs);
    this.#length -= lengthOf(pongs);
    return pongs;
  }

  #peek(): Uint8Array | undefined {
    return this.#frames[this.#at] ?? this.#close;
  }

  #next(): Uint8Array | undefined {
    const frame = this.#peek();
    if (frame === undefined) return undefined;
    this.#length -= frame.length;
    if ((frame[0]! & OPCODE) === Opcode.Ping) this.#pings++;
    if (this.#at < this.#frames.length) {
      this.#at++;
      if (this.#at === this.#frames.length) this.#forgetFrames();
    } else {
      this.#close = undefined;
      this.#hasClosed = true;
    }
    return frame;
  }

  #sync(unread: number): Uint8Array {
    this.#number = (this.#number + 1) & 0xffff;
    this.#pings++;
    const ping = this.#encode(FIN | Opcode.Ping, SYNC_PAYLOAD_LENGTH, (frame, at) =>
      frame.set(syncPayload(this.#number), at),
    );
    this.#awaited = { number: this.#number, end: this.#read + unread + ping.length };
    return ping;
  }

  #forgetFrames(): void {
    this.#frames = [];
    this.#at = 0;
  }
}

// Payload of a ping of the queue's own: hardly one that an application would send.
function syncPayload(number: number): Uint8Array {
  return Uint8Array.of(0xff, 0x77, number >>> 8, number & 0xff);
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && right.every((byte, at) => left[at] === byte);
}

// Those that end in one of the frames.
function countMessages(frames: readonly Uint8Array[]): number {
  return frames.filter(([first = 0]) => (first & FIN) !== 0 && (first & OPCODE) < Opcode.Close).length;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
