import {
  headerLength,
  maskPayload,
  type PrivateMask,
  privateMaskOf,
  STREAM_HEADER_LENGTH,
  writeHeader,
} from '@webson/frame';
import type { FrameQueue, Lost, Wait } from '../contract/frame-queue.js';
import type { Platform } from '../contract/platform.js';
import type { SharedBlock, SharedFrame, SharedRun } from './shared-message.js';
import { LARGEST_BLOCK, LARGEST_LOAN, type Slab, slabOf } from './slab.js';

/** An unmasked payload of at least this many bytes is sent from where it is; a smaller one is cheaper to copy. */
const BY_REFERENCE_FROM = 32 * 1024;
const SMALLEST_BLOCK = 1024;
const FIN = 0x80;
const CONTROL = 0x08;
/** Up to this many characters a loop over them beats a call into the run-time. */
const SHORT_TEXT = 64;
/** Bytes of UTF-8 that one unit of UTF-16 takes at most. */
const MOST_BYTES = 3;

/** Looked up once: V8 takes as long for that as for the copy of a small payload. */
const setBytes = Uint8Array.prototype.set;

/** Stands in until there is one. Nothing is put in. */
const NO_PARTS: Uint8Array[] = [];
const NOTHING_LOST: Lost = { messages: 0, bytes: 0 };

/** Bytes of the smallest payload that is sent from where it is. */
export function byReferenceFrom({ pin }: Platform): number {
  return pin === undefined ? Number.POSITIVE_INFINITY : BY_REFERENCE_FROM;
}

/**
 * Frames waiting to be written, encoded back to back so that all of one turn of the event loop leave in one write.
 *
 * `take` hands them over and `taken` says whether the transport is done with the memory; frames queued in between are
 * kept aside, in memory of this connection alone.
 */
export class Outbox implements FrameQueue {
  readonly answersFirst = false;
  readonly #platform: Platform;
  readonly #byReferenceFrom: number;
  readonly #slab: Slab;
  readonly #masked: boolean;
  readonly #privateMask: PrivateMask | undefined;
  #parts: Uint8Array[] = NO_PARTS;
  // Of each part that is not ours: which it is, and its length.
  #references: number[] | undefined;
  #block: Uint8Array | undefined;
  #blockStart = 0;
  #blockEnd = 0;
  #hasSlab = false;
  // Frames that other outboxes have too, ahead of all else that is queued.
  #shared: SharedBlock | undefined;
  #sharedStart = 0;
  #sharedEnd = 0;
  // Set while they are all that is queued and more may come without a call: what follows counts only what was known last.
  #run: SharedRun | undefined;
  #runMessages = 0;
  #runToken: unknown;
  #length = 0;
  // Messages whose last frame is queued; handed over and not passed on.
  #messages = 0;
  #messagesInFlight = 0;
  // Bytes ever handed over.
  #handedOver = 0;
  // Of what was taken last, until `taken`: its bytes, and how many of them lie in the slab, if any can.
  #takenLength = 0;
  #takenMessages = 0;
  #takenFromSlab: number | undefined;
  // Bytes a transport has been given and has not passed on.
  #inFlight = 0;

  constructor(platform: Platform, masked: boolean, privateMask?: Uint8Array) {
    this.#platform = platform;
    this.#byReferenceFrom = byReferenceFrom(platform);
    this.#slab = slabOf(platform);
    this.#masked = masked;
    this.#privateMask = privateMask === undefined ? undefined : privateMaskOf(privateMask);
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

  // Frames lie back to back.
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
    const start = writeHeader(block, this.#blockEnd, first, length, masked);
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
    if (masked) maskPayload(block, start, at, this.#privateMask);
    this.#commit(at);
  }

  addText(first: number, text: string): void {
    this.#count(first);
    const masked = this.#masked;
    const short = text.length;
    if (short <= SHORT_TEXT) {
      // A short text is most likely ASCII: as many bytes as characters.
      const block = this.#reserve(headerLength(short, masked) + short);
      const start = writeHeader(block, this.#blockEnd, first, short, masked);
      if (writeAscii(block, start, text)) {
        if (masked) maskPayload(block, start, start + short, this.#privateMask);
        this.#commit(start + short);
        return;
      }
    }
    // To find out how long it gets takes almost as long as to write it: so there is room for the longest. Not with much text:
    // that would waste memory.
    const longest = short * MOST_BYTES;
    const most = longest <= LARGEST_LOAN / 2 ? longest : this.#platform.utf8Length(text);
    const block = this.#reserve(headerLength(most, masked) + most);
    const shortest = this.#blockEnd + headerLength(short, masked);
    const length = this.#platform.writeUtf8(block, shortest, text);
    const start = this.#blockEnd + headerLength(length, masked);
    if (start !== shortest) block.copyWithin(start, shortest, shortest + length);
    writeHeader(block, this.#blockEnd, first, length, masked);
    if (masked) maskPayload(block, start, start + length, this.#privateMask);
    this.#commit(start + length);
  }

  /** Queues bytes that are frames already; they are sent from where they are. */
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

  /** Queues a message in one frame that other outboxes queue too: sent from where it is, as long as that wastes none. */
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
      // A frame here and there would keep whole blocks in memory if the transport is slow.
      this.#reserve(length).set(block.view(start, end), this.#blockEnd);
      this.#commit(this.#blockEnd + length);
    }
  }

  /**
   * Takes part in a run whose last message was queued just now: what is appended to it is queued here, too.
   *
   * @param token goes into `left` of the run when the outbox takes part no more.
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

  /** Takes part in no run from now on: whatever comes is queued behind what is in it by now. */
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
    // What was written to the slab is still in nobody's hands.
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
    // While the transport is blocked the frames have to wait: that must not keep the slab from the other connections.
    if (block === undefined && length <= LARGEST_LOAN && this.#inFlight === 0) {
      next = this.#slab.borrow(length);
      this.#hasSlab = next !== undefined;
    }
    if (next === undefined) {
      const room = block === undefined ? SMALLEST_BLOCK : Math.min(block.length * 2, LARGEST_BLOCK);
      next = this.#platform.allocate(Math.max(length, room));
      if (this.#hasSlab) {
        // The slab is full: it comes back when its part has been written.
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

  // A data frame that ends its message is one message. RFC 6455 §5.2: FIN is the highest bit, that of control frames 8.
  #count(first: number): void {
    if ((first & (FIN | CONTROL)) === FIN) this.#messages++;
  }

  #addPart(part: Uint8Array): void {
    if (this.#parts === NO_PARTS) this.#parts = [part];
    else this.#parts.push(part);
  }

  // Ends the part of the block that has been filled.
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

// Whoever has a payload may have found a way to take its buffer away all the same. The frame that is announced has to be sent:
// that message is lost, and none that follows.
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
