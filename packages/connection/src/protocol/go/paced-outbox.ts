import {
  headerLength,
  maskPayload,
  Opcode,
  type PrivateMask,
  privateMaskOf,
  STREAM_HEADER_LENGTH,
  writeHeader,
} from '@webson/frame';
import type { FrameQueue, Lost, Wait } from '../contract/frame-queue.js';
import type { GoSettings } from '../contract/go-dialect.js';
import type { Platform } from '../contract/platform.js';
import { AskedPings, isEqual } from './asked-pings.js';
import { countMessages, FrameLine, lengthOf, opcodeOf } from './frame-line.js';
import { LULL, PATIENCE, PONGS_LENGTH, RESERVED } from './pacing.js';

const FIN = 0x80;
const OPCODE = 0x0f;
/** A frame of at least this many bytes gets memory of its own. */
const ALONE_FROM = 1024;
/** The size in bytes of the memory that smaller frames share. */
const MEMORY_LENGTH = 4 * 1024;
/** The bytes that a waiting frame counts in addition to its own, for the memory of its entry. */
const ENTRY_SIZE = 128;
const NO_MEMORY = new Uint8Array(0);
const KNOCK_PAYLOAD = Uint8Array.of(0xff, 0x77);

/**
 * The outbox towards a Go peer.
 *
 * A Go peer reads into a small buffer and drops the connection, without a Close, when the end of the buffer cuts the header of a
 * frame.
 *
 * Invariants:
 * - No more than `pacing` bytes are on their way at any time. They leave in one write that ends with a ping of the outbox's own,
 *   and the next write waits for the pong (RFC 6455 §5.5.3). Without pacing every write is one frame.
 * - Pongs do not wait: otherwise two peers that pace could wait for each other.
 * - A Go peer that finds the connection slow reads but writes nothing, not even a pong. So an unanswered ping is repeated.
 * - A Go peer writes nothing after its own Close. From then on it is taken to have read everything that was sent 20 ms ago.
 */
export class PacedOutbox implements FrameQueue {
  readonly #platform: Platform;
  readonly #masked: boolean;
  readonly #privateMask: PrivateMask | undefined;
  readonly #pacing: number | undefined;
  readonly #pings = new AskedPings();
  readonly #line = new FrameLine();
  // The pongs that leave with the next write.
  #pongs: Uint8Array[] = [];
  #pongLength = 0;
  // The free rest of the memory that small frames share.
  #memory: Uint8Array = NO_MEMORY;
  #takenLength = 0;
  #inFlight = 0;
  #takenMessages = 0;
  #messagesInFlight = 0;
  // The bytes that came from the line, without pongs and without pings of the outbox's own.
  #takenFrames = 0;
  #framesInFlight = 0;
  #isHeld: boolean;
  // A ping that leaves although everything else is held back.
  #knock: Uint8Array | undefined;
  // True when the peer answers no more pings.
  #isSilent = false;
  // The bytes handed over, and how many of them the peer is known to have read.
  #written = 0;
  #read = 0;
  #wait: (Wait & { readonly end: number }) | undefined;
  // The number of repeated pings in this wait.
  #repeats = 0;

  /** @param isHeld true when nothing is handed over before `release`. */
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
    this.#isHeld = isHeld;
  }

  get length(): number {
    return this.#line.length + this.#pongLength;
  }

  get sendable(): number {
    const knock = this.#knock?.length ?? 0;
    if (this.#isHeld) return knock;
    return knock + (this.#wait === undefined ? this.length : this.#pongLength);
  }

  get bufferedAmount(): number {
    return this.length + this.#inFlight;
  }

  get overhead(): number {
    return (this.#line.size + this.#pongs.length) * ENTRY_SIZE;
  }

  get messages(): number {
    return this.#line.messages;
  }

  get messagesInFlight(): number {
    return this.#messagesInFlight;
  }

  get isBlocked(): boolean {
    return this.#inFlight > 0;
  }

  get isWaiting(): boolean {
    return this.#isHeld || this.#wait !== undefined;
  }

  get wait(): Wait | undefined {
    return this.#wait;
  }

  get answersFirst(): boolean {
    return !this.#line.hasClosed;
  }

  get total(): number {
    return this.#line.total;
  }

  get handedOver(): number {
    return this.#line.left;
  }

  get passedOn(): number {
    return this.#line.left - this.#framesInFlight;
  }

  /** The bytes handed over that the peer has not shown to have read; 0 without pacing. */
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
    const { left } = this.#line;
    const parts = this.#isHeld ? this.#takeKnock() : this.#pacing === undefined ? this.#takeOne() : this.#takeBatch();
    this.#takenFrames = this.#line.left - left;
    this.#takenLength = lengthOf(parts);
    this.#takenMessages = countMessages(parts);
    this.#written += this.#takenLength;
    return parts;
  }

  taken(done: boolean): void {
    if (!done) {
      this.#inFlight += this.#takenLength;
      this.#messagesInFlight += this.#takenMessages;
      this.#framesInFlight += this.#takenFrames;
    }
    this.#takenLength = 0;
  }

  drained(): void {
    this.#inFlight = 0;
    this.#messagesInFlight = 0;
    this.#framesInFlight = 0;
  }

  knock(): void {
    if (!this.#isHeld) return;
    this.#knock = this.#ping(KNOCK_PAYLOAD);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#knock = undefined;
  }

  acknowledge(payload: Uint8Array): boolean {
    if (isEqual(payload, KNOCK_PAYLOAD)) return true;
    const read = this.#pings.answered(payload);
    if (read === undefined) return false;
    this.#read = Math.max(this.#read, read);
    // A late answer to a repeated ping of the wait before does not show that the bytes sent since were read.
    if (this.#wait !== undefined && read >= this.#wait.end) this.#endWait();
    return true;
  }

  fits(length: number): boolean {
    if (this.#pacing === undefined) return true;
    const all = this.unread + this.#pongLength + headerLength(length, this.#masked) + length;
    return all <= this.#pacing - RESERVED;
  }

  waited(): boolean {
    const wait = this.#wait;
    if (wait === undefined) return true;
    if (wait.pongTimeouts === 0) {
      this.#read = this.#written;
      this.#endWait();
      return true;
    }
    const pongTimeouts = PATIENCE[this.#repeats];
    if (pongTimeouts === undefined) return false;
    this.#repeats++;
    this.#wait = { ...wait, pongTimeouts };
    // A ping that is still queued is not doubled.
    this.#knock ??= this.#ping(this.#pings.next());
    return true;
  }

  expectNoAnswer(hasMore: boolean): void {
    this.#fallSilent();
    if (this.#pacing === undefined) return;
    // The next frame has to fit beside the bytes that are not read.
    const isTooMuch =
      this.#line.peek() === undefined ? hasMore && this.unread > 2 * PONGS_LENGTH : !this.#fitsNext(this.#written);
    if (isTooMuch) this.#rest(this.#written);
  }

  giveUp(): Lost {
    this.#fallSilent();
    return this.#line.drop();
  }

  clear(): void {
    this.#line.clear();
    this.#endWait();
    this.#pongs = [];
    this.#pongLength = 0;
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

  #ping(payload: Uint8Array): Uint8Array {
    return this.#encode(FIN | Opcode.Ping, payload.length, (frame, at) => frame.set(payload, at));
  }

  // Small frames share memory: each would take half a kilobyte more in memory of its own.
  #allocate(length: number): Uint8Array {
    if (length >= ALONE_FROM) return this.#platform.allocate(length);
    if (this.#memory.length < length) this.#memory = this.#platform.allocate(MEMORY_LENGTH);
    const frame = this.#memory.subarray(0, length);
    this.#memory = this.#memory.subarray(length);
    return frame;
  }

  #queue(first: number, frame: Uint8Array): void {
    const opcode = first & OPCODE;
    if (opcode === Opcode.Close) this.#line.addClose(frame);
    else if (opcode !== Opcode.Pong) this.#line.add(frame);
    else {
      this.#pongs.push(frame);
      this.#pongLength += frame.length;
    }
  }

  #takeKnock(): Uint8Array[] {
    const parts = this.#knock === undefined ? [] : [this.#knock];
    this.#knock = undefined;
    return parts;
  }

  #takeOne(): Uint8Array[] {
    const frame = this.#takePongs(1)[0] ?? this.#line.next();
    return frame === undefined ? [] : [frame];
  }

  #takeBatch(): Uint8Array[] {
    const parts = this.#takePongs(this.#pongs.length);
    let end = this.#written + lengthOf(parts);
    if (this.#knock !== undefined) {
      parts.push(...this.#takeKnock());
      end = this.#written + lengthOf(parts);
      this.#pings.add(end);
    }
    if (this.#wait !== undefined) return parts;
    const before = parts.length;
    const isCrowded = 2 * (end - this.#read) > this.#room;
    const ambiguous = this.#pings.ambiguous;
    while (this.#fitsNext(end)) {
      const frame = this.#line.next() as Uint8Array;
      parts.push(frame);
      end += frame.length;
      if (opcodeOf(frame) === Opcode.Ping) this.#pings.addForeign(end);
    }
    // A write of pongs only does not end with a ping: otherwise two peers that pace would answer each other for ever.
    const needsSync = parts.length > before || this.#line.peek() !== undefined || isCrowded;
    if (!needsSync || this.#line.hasClosed) return parts;
    if (this.#isSilent) {
      this.#rest(end);
      return parts;
    }
    for (let i = 0; i <= ambiguous; i++) {
      const ping = this.#ping(this.#pings.next());
      parts.push(ping);
      end += ping.length;
      this.#pings.add(end);
      this.#wait ??= { ms: 0, pongTimeouts: 1, end };
    }
    return parts;
  }

  // The bytes of `pacing` that messages may use.
  get #room(): number {
    return (this.#pacing as number) - RESERVED - PONGS_LENGTH;
  }

  // True when the next frame may leave at position `end` of the output.
  #fitsNext(end: number): boolean {
    const frame = this.#line.peek();
    if (frame === undefined) return false;
    const room = opcodeOf(frame) === Opcode.Close ? (this.#pacing as number) : this.#room;
    return end - this.#read + frame.length <= room;
  }

  #fallSilent(): void {
    this.#isHeld = false;
    this.#isSilent = true;
    this.#endWait();
  }

  // Lets the next write wait for a fixed time instead of a pong, because the peer answers no more.
  #rest(end: number): void {
    this.#wait = { ms: LULL, pongTimeouts: 0, end };
  }

  #endWait(): void {
    this.#wait = undefined;
    this.#repeats = 0;
    this.#knock = undefined;
  }

  #takePongs(count: number): Uint8Array[] {
    const pongs = this.#pongs.splice(0, count);
    this.#pongLength -= lengthOf(pongs);
    return pongs;
  }
}
