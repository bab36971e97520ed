import { headerLength, type PrivateMask, STREAM_HEADER_LENGTH, writeUnmaskedHeader } from '@webson/frame';
import type { FrameQueue, Lost, Wait } from '../contract/frame-queue.js';
import type { FrameMasking, Platform } from '../contract/platform.js';
import type { SharedBlock, SharedFrame, SharedRun } from './shared-message.js';
import { LARGEST_BLOCK, LARGEST_LOAN, type Slab, slabOf } from './slab.js';

/** An unmasked payload of at least this many bytes is not copied. A smaller one is cheaper to copy. */
const BY_REFERENCE_FROM = 32 * 1024;
const SMALLEST_BLOCK = 1024;
const FIN = 0x80;
const CONTROL = 0x08;
/** A loop over this many characters or fewer is faster than a call into the run-time. */
const SHORT_TEXT = 64;
/** Most bytes of UTF-8 that one unit of UTF-16 takes. */
const MOST_BYTES = 3;

/** The method is looked up once, because V8 takes as long for that as for the copy of a small payload. */
const setBytes = Uint8Array.prototype.set;

/** Stands for an empty list until one is created. Nothing is ever put in. */
const NO_PARTS: Uint8Array[] = [];
const NOTHING_LOST: Lost = { messages: 0, bytes: 0 };

/** Returns the size in bytes of the smallest payload that is not copied. */
export function byReferenceFrom({ pin }: Platform): number {
  return pin === undefined ? Number.POSITIVE_INFINITY : BY_REFERENCE_FROM;
}

/**
 * The frames that wait to be written, encoded back to back so that all of one turn of the event loop leave in one write.
 *
 * Invariants:
 * - `take` hands over everything, and `taken` tells whether the transport is done with the memory. Until it is, frames are
 *   encoded into memory of this connection only, never into the slab.
 * - Shared frames are the first in the queue. While the outbox is part of a run they are the only ones.
 * - The slab is borrowed from the first frame until `taken`, or until the slab is full.
 * - Every frame of a client is masked in the copy, never in the memory of the application (RFC 6455 §5.1).
 */
export class Outbox implements FrameQueue {
  readonly answersFirst = false;
  readonly #platform: Platform;
  readonly #byReferenceFrom: number;
  readonly #slab: Slab;
  readonly #masked: boolean;
  // Set when frames are masked.
  readonly #masking: FrameMasking;
  readonly #privateMask: PrivateMask | undefined;
  #parts: Uint8Array[] = NO_PARTS;
  // For each part in memory of the application two numbers: its index and its length.
  #references: number[] | undefined;
  #block: Uint8Array | undefined;
  #blockStart = 0;
  #blockEnd = 0;
  #hasSlab = false;
  // The block with frames that other outboxes send, too. These come before everything else that is queued.
  #shared: SharedBlock | undefined;
  #sharedStart = 0;
  #sharedEnd = 0;
  // Set while the outbox takes part in a run, which may grow without a call. `#sharedEnd`, `#length` and `#messages` do not include
  // its growth since `attach`; `#runMessages` is the number of its messages at that time.
  #run: SharedRun | undefined;
  #runMessages = 0;
  #runToken: unknown;
  #length = 0;
  // The number of messages whose last frame is queued, and whose last frame is handed over but not passed on.
  #messages = 0;
  #messagesInFlight = 0;
  // The bytes handed over since the connection began.
  #handedOver = 0;
  // The bytes and messages of the last `take`, until `taken`; and the bytes of it in the slab, undefined if it was not borrowed.
  #takenLength = 0;
  #takenMessages = 0;
  #takenFromSlab: number | undefined;
  // The bytes that the transport was given and has not passed on.
  #inFlight = 0;

  constructor(platform: Platform, masked: boolean, privateMask?: Uint8Array) {
    this.#platform = platform;
    this.#byReferenceFrom = byReferenceFrom(platform);
    this.#slab = slabOf(platform);
    this.#masked = masked;
    this.#masking = platform.masking!;
    this.#privateMask = masked && privateMask !== undefined ? this.#masking.privateMaskOf(privateMask) : undefined;
  }

  get length(): number {
    const run = this.#run;
    return run === undefined ? this.#length : this.#length + run.end - this.#sharedEnd;
  }

  get sendable(): number {
    return this.#length;
  }

  get bufferedAmount(): number {
    return this.length + this.#inFlight;
  }

  // Frames lie back to back and need no memory beside their bytes.
  get overhead(): number {
    return 0;
  }

  get total(): number {
    return this.#handedOver + this.length;
  }

  get handedOver(): number {
    return this.#handedOver;
  }

  get passedOn(): number {
    return this.#handedOver - this.#inFlight;
  }

  get messages(): number {
    const run = this.#run;
    return run === undefined ? this.#messages : this.#messages + run.messages - this.#runMessages;
  }

  get messagesInFlight(): number {
    return this.#messagesInFlight;
  }

  get isBlocked(): boolean {
    return this.#inFlight > 0;
  }

  get isWaiting(): boolean {
    return false;
  }

  get wait(): Wait | undefined {
    return undefined;
  }

  addFrame(first: number, payload: Uint8Array, stream = 0): void {
    this.#count(first);
    const length = payload.length + (stream === 0 ? 0 : STREAM_HEADER_LENGTH);
    const masked = this.#masked;
    const isCopied = masked || payload.length < this.#byReferenceFrom;
    const block = this.#reserve(headerLength(length, masked) + (isCopied ? length : STREAM_HEADER_LENGTH));
    const start = this.#writeHeader(block, first, length);
    let at = start;
    if (stream !== 0) {
      block[at++] = stream >>> 8;
      block[at++] = stream & 0xff;
    }
    if (!isCopied) {
      this.#commit(at);
      this.#addReference(payload);
      return;
    }
    setBytes.call(block, payload, at);
    at += payload.length;
    if (masked) this.#masking.maskPayload(block, start, at, this.#privateMask);
    this.#commit(at);
  }

  addText(first: number, text: string): void {
    this.#count(first);
    const masked = this.#masked;
    const short = text.length;
    if (short <= SHORT_TEXT) {
      // A short text is most likely ASCII: as many bytes as characters.
      const block = this.#reserve(headerLength(short, masked) + short);
      const start = this.#writeHeader(block, first, short);
      if (writeAscii(block, start, text)) {
        if (masked) this.#masking.maskPayload(block, start, start + short, this.#privateMask);
        this.#commit(start + short);
        return;
      }
    }
    // Measuring a text takes almost as long as writing it, so room for the longest encoding is reserved. A long text is measured,
    // because that room would waste memory.
    const longest = short * MOST_BYTES;
    const most = longest <= LARGEST_LOAN / 2 ? longest : this.#platform.utf8Length(text);
    const block = this.#reserve(headerLength(most, masked) + most);
    const shortest = this.#blockEnd + headerLength(short, masked);
    const length = this.#platform.writeUtf8(block, shortest, text);
    const start = this.#blockEnd + headerLength(length, masked);
    if (start !== shortest) block.copyWithin(start, shortest, shortest + length);
    this.#writeHeader(block, first, length);
    if (masked) this.#masking.maskPayload(block, start, start + length, this.#privateMask);
    this.#commit(start + length);
  }

  #writeHeader(block: Uint8Array, first: number, length: number): number {
    if (this.#masked) return this.#masking.writeHeader(block, this.#blockEnd, first, length, true);
    return writeUnmaskedHeader(block, this.#blockEnd, first, length);
  }

  /** Queues bytes that are encoded frames, without copying them. */
  addEncoded(bytes: Uint8Array): void {
    this.detach();
    this.#seal();
    this.#addPart(bytes);
    this.#length += bytes.length;
  }

  #addReference(payload: Uint8Array): void {
    this.#platform.pin?.(payload);
    this.detach();
    this.#seal();
    this.#references ??= [];
    this.#references.push(this.#parts.length, payload.length);
    this.#addPart(payload);
    this.#length += payload.length;
  }

  /** Queues a message in one frame that other outboxes queue, too. It is copied only when a reference would waste memory. */
  addShared({ block, start, end }: SharedFrame): void {
    if (this.#run !== undefined) this.detach();
    const length = end - start;
    this.#messages++;
    const isAlone = this.#shared === block && this.#length === this.#sharedEnd - this.#sharedStart;
    if (isAlone && this.#sharedEnd === start) {
      this.#sharedEnd = end;
      this.#length += length;
    } else if (block.isExact) {
      this.addEncoded(block.view(start, end));
    } else if (this.#length === 0) {
      this.#shared = block;
      this.#sharedStart = start;
      this.#sharedEnd = end;
      this.#length = length;
    } else {
      // References to single frames would keep whole blocks in memory when the transport is slow.
      this.#reserve(length).set(block.view(start, end), this.#blockEnd);
      this.#commit(this.#blockEnd + length);
    }
  }

  /**
   * Joins a run whose last message was queued just now. Messages that are appended to the run are queued here, too.
   *
   * @param token is added to `left` of the run when the outbox leaves it.
   * @returns false when something else is queued, or the transport is behind.
   */
  attach(run: SharedRun, token: unknown): boolean {
    const isAlone = this.#shared === run.block && this.#length === this.#sharedEnd - this.#sharedStart;
    if (!isAlone || this.#sharedEnd !== run.end || this.#inFlight > 0) return false;
    run.outboxes++;
    this.#run = run;
    this.#runMessages = run.messages;
    this.#runToken = token;
    return true;
  }

  /** Leaves the run, if the outbox is part of one. The messages of the run until now stay queued. */
  detach(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#length += run.end - this.#sharedEnd;
    this.#messages += run.messages - this.#runMessages;
    this.#sharedEnd = run.end;
    run.left.push(this.#runToken);
    this.#run = undefined;
    this.#runToken = undefined;
  }

  take(): readonly Uint8Array[] {
    this.detach();
    this.#seal();
    const parts = this.#parts;
    this.#parts = NO_PARTS;
    if (this.#references !== undefined) {
      restore(parts, this.#references);
      this.#references = undefined;
    }
    this.#takenLength = this.#length;
    this.#takenMessages = this.#messages;
    this.#handedOver += this.#length;
    this.#messages = 0;
    this.#takenFromSlab = this.#hasSlab ? this.#blockEnd : undefined;
    this.#length = 0;
    this.#hasSlab = false;
    this.#block = undefined;
    this.#blockStart = 0;
    this.#blockEnd = 0;
    return parts;
  }

  taken(done: boolean): void {
    if (!done) {
      this.#inFlight += this.#takenLength;
      this.#messagesInFlight += this.#takenMessages;
    }
    this.#takenLength = 0;
    this.#takenMessages = 0;
    if (this.#takenFromSlab === undefined) return;
    this.#slab.giveBack(done ? 0 : this.#takenFromSlab);
    this.#takenFromSlab = undefined;
  }

  drained(): void {
    this.#inFlight = 0;
    this.#messagesInFlight = 0;
  }

  knock(): void {}

  release(): void {}

  acknowledge(): boolean {
    return false;
  }

  fits(): boolean {
    return true;
  }

  waited(): boolean {
    return true;
  }

  expectNoAnswer(): void {}

  giveUp(): Lost {
    return NOTHING_LOST;
  }

  clear(): void {
    // The first call ends a write that was interrupted, and the second gives back the slab. The transport reads from neither.
    this.taken(true);
    this.take();
    this.taken(true);
    this.drained();
  }

  #reserve(length: number): Uint8Array {
    if (this.#run !== undefined) this.detach();
    const block = this.#block;
    if (block !== undefined && block.length - this.#blockEnd >= length) return block;
    this.#seal();
    let next: Uint8Array | undefined;
    // While the transport is blocked the frames have to wait, and must not keep the slab from other connections.
    if (block === undefined && length <= LARGEST_LOAN && this.#inFlight === 0) {
      next = this.#slab.borrow(length);
      this.#hasSlab = next !== undefined;
    }
    if (next === undefined) {
      const room = block === undefined ? SMALLEST_BLOCK : Math.min(block.length * 2, LARGEST_BLOCK);
      next = this.#platform.allocate(Math.max(length, room));
      if (this.#hasSlab) {
        // The slab is full. Its last part is marked as used, because it is written later.
        this.#leaveSlab();
      }
    }
    this.#block = next;
    this.#blockStart = 0;
    this.#blockEnd = 0;
    return next;
  }

  #leaveSlab(): void {
    this.#slab.giveBack(this.#blockEnd);
    this.#hasSlab = false;
  }

  #commit(end: number): void {
    this.#length += end - this.#blockEnd;
    this.#blockEnd = end;
  }

  // Counts data frames that end a message. RFC 6455 §5.2: FIN is bit 0x80, and control frames have bit 0x08 in their opcode.
  #count(first: number): void {
    if ((first & (FIN | CONTROL)) === FIN) this.#messages++;
  }

  #addPart(part: Uint8Array): void {
    if (this.#parts === NO_PARTS) this.#parts = [part];
    else this.#parts.push(part);
  }

  // Makes a part of the shared frames, and one of the filled end of the block.
  #seal(): void {
    if (this.#shared !== undefined) {
      this.#addPart(this.#shared.view(this.#sharedStart, this.#sharedEnd));
      this.#shared = undefined;
    }
    if (this.#block === undefined || this.#blockEnd === this.#blockStart) return;
    this.#addPart(this.#block.subarray(this.#blockStart, this.#blockEnd));
    this.#blockStart = this.#blockEnd;
  }
}

// The application may have detached the buffer of a payload in spite of `pin`. The header with its length is queued already, so
// zeros are sent instead: that message is lost, and the following ones are not.
function restore(parts: Uint8Array[], references: readonly number[]): void {
  for (let i = 0; i < references.length; i += 2) {
    const [at, length] = [references[i]!, references[i + 1]!];
    if (parts[at]!.length !== length) parts[at] = new Uint8Array(length);
  }
}

function writeAscii(target: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return false;
    target[offset + i] = code;
  }
  return true;
}
