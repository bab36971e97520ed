import { CANCEL_BIT, Opcode, Rsv, STREAM_HEADER_LENGTH } from '@webson/frame';
import type { FlowEntry } from '../contract/flow-entry.js';
import type { FrameQueue } from '../contract/frame-queue.js';
import type { GoDialect } from '../contract/go-dialect.js';
import type { MessageCodec } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';
import type { StreamAgreement } from '../contract/stream-agreement.js';
import type { SharedOutboundWindow } from '../contract/window.js';
import { StreamIds } from '../streams/stream-ids.js';
import { Journal, type UnsentMessage } from './journal.js';
import { byReferenceFrom, Outbox } from './outbox.js';
import { type OutgoingEvents, OutgoingMessage, OutgoingState } from './outgoing-message.js';
import type { SharedMessage, SharedRun } from './shared-message.js';

const FIN = 0x80;
const RSV1 = Rsv.Rsv1 << 4;
const RSV2 = Rsv.Rsv2 << 4;
const OPCODE = 0x0f;
const EMPTY = new Uint8Array(0);

/** Bytes of queued messages that go into one write: a small message dispatched next waits for no more than that. */
const HAND_OVER = 64 * 1024;

/** Bytes that a message counts beside its own while it queues, for what it takes to keep it. */
const ENTRY_SIZE = 1024;

/** The same of one that is sent piece by piece, for its source and who waits for it. */
const SOURCE_SIZE = 8192;

/** Stands in until a message has to queue: on most connections none ever does. Nothing is put in. */
const NOT_QUEUEING = {
  ids: new StreamIds(1),
  open: new Map<number, OutgoingMessage>(),
  list: [] as OutgoingMessage[],
};

/** How a {@link Sender} puts messages on the wire. */
export interface SenderOptions {
  /** A client masks every frame (RFC 6455 §5.1). */
  masked: boolean;
  /** Shared secret that widens the masking key. */
  privateMask?: Uint8Array | undefined;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
  /** Bytes of payload in one frame of a message that is sent piece by piece. */
  chunkSize: number;
  /** Set when streams are negotiated. */
  streams?: StreamAgreement | undefined;
  /** Set towards a Go peer. */
  go?: GoDialect | undefined;
  /** Towards a Go peer: nothing leaves before `release` of the outbox. */
  isHeld?: boolean | undefined;
  /** There may be something to put into the outbox that was not there when the last call returned. */
  onReady?: (() => void) | undefined;
}

/**
 * Puts messages on the wire. A message that can go at once does, in one frame. The others queue: with streams they take
 * turns, a chunk each, none sending more than the peer allows; without, one follows the other (RFC 6455 §5.4).
 *
 * Towards a Go peer no frame is larger than a chunk, and all frames of a message have its opcode.
 */
export class Sender {
  readonly outbox: FrameQueue;
  readonly #platform: Platform;
  readonly #codec: MessageCodec | undefined;
  readonly #chunkSize: number;
  readonly #handOver: number;
  readonly #isGo: boolean;
  // The outbox, if it is one that takes frames which others have too.
  readonly #sharing: Outbox | undefined;
  // A message that can go at once is a frame with its payload as it is.
  readonly #isPlain: boolean;
  // A frame on the wire is the same on all connections with the same codec.
  readonly #sharesFrames: boolean;
  readonly #streams: StreamAgreement | undefined;
  readonly #window: SharedOutboundWindow | undefined;
  // Without streams one message at a time is under way, on no stream.
  #ids: StreamIds = NOT_QUEUEING.ids;
  #open: Map<number, OutgoingMessage> = NOT_QUEUEING.open;
  #waiting: OutgoingMessage[] = NOT_QUEUEING.list;
  #ready: OutgoingMessage[] = NOT_QUEUEING.list;
  // Ready, but for the window of the connection.
  #shut: OutgoingMessage[] = NOT_QUEUEING.list;
  // Whole messages of which nothing is sent: one dispatched later must not overtake them.
  #unbegun = 0;
  #openNumber = 0;
  #queued = 0;
  // Messages that queued when the Close was sent: nothing of them, or not their end, will be.
  #dropped = 0;
  #droppedBytes = 0;
  #journal: Journal | undefined;
  #deflating = 0;
  readonly #onReady: (() => void) | undefined;

  constructor(platform: Platform, options: SenderOptions) {
    const { go, masked, privateMask } = options;
    this.#platform = platform;
    this.#codec = options.codec;
    this.#isGo = go !== undefined;
    if (go === undefined) {
      this.#sharing = new Outbox(platform, masked, privateMask);
      this.outbox = this.#sharing;
      this.#chunkSize = options.chunkSize;
      this.#handOver = HAND_OVER;
    } else {
      this.outbox = go.outbox(platform, masked, privateMask, options.isHeld === true);
      this.#chunkSize = go.frameLimit - (options.streams === undefined ? 0 : STREAM_HEADER_LENGTH);
      this.#handOver = this.#chunkSize;
    }
    this.#isPlain = go === undefined && options.codec === undefined && options.streams === undefined;
    this.#sharesFrames = go === undefined && !masked && options.streams === undefined;
    this.#streams = options.streams;
    this.#window = options.streams?.flow?.sharedWindow(options.streams.flow.send.connection);
    if (options.streams !== undefined) this.#ids = new StreamIds(options.streams.maxStreams);
    this.#onReady = options.onReady;
  }

  /** Bytes of messages that queue. */
  get queuedBytes(): number {
    return this.#queued;
  }

  /** What it takes to keep what is queued beside its bytes: of whole messages, and of frames that are kept one by one. */
  get overhead(): number {
    return this.#unbegun * ENTRY_SIZE + this.outbox.overhead;
  }

  /** The same of messages that are sent piece by piece, with their sources: however little of them is queued. */
  get partialOverhead(): number {
    return (this.#open.size + this.#waiting.length - this.#unbegun) * SOURCE_SIZE;
  }

  /** Bytes that messages kept track of hold in memory, as they were given, and for each of them. */
  get journalBytes(): number {
    return this.#journal?.bytes ?? 0;
  }

  /** Bytes queued for sending, and given to a transport that has not passed them on. */
  get bufferedAmount(): number {
    return this.outbox.bufferedAmount + this.#queued;
  }

  /** The same, and what it takes to keep the messages that queue: an empty one takes memory, too. */
  get heldAmount(): number {
    return this.bufferedAmount + this.overhead;
  }

  /** True while a ping would only pile up: what was sent last is not passed on, or not read, by now. */
  get isBlocked(): boolean {
    return this.outbox.isBlocked || this.outbox.isWaiting;
  }

  /** True while data waits to be sent that may not be before the peer has said something. */
  get needsPeer(): boolean {
    return this.outbox.isWaiting || (this.#queued > 0 && !this.isReady);
  }

  /** True when `fill` would have something to put into the outbox. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** True while a message is being compressed in another thread. */
  get isDeflating(): boolean {
    return this.#deflating > 0;
  }

  /** Queues a control frame: at most 125 bytes. Those go ahead of all messages that queue. */
  control(opcode: number, payload: string | Uint8Array): void {
    if (typeof payload === 'string') this.outbox.addText(FIN | opcode, payload);
    else this.outbox.addFrame(FIN | opcode, payload);
  }

  /** Sends a whole message. */
  message(type: number, payload: string | Uint8Array): void {
    const isText = typeof payload === 'string';
    if (!this.#isPlain || !this.#isFree()) this.#whole(type, isText ? this.#encode(payload) : payload, isText);
    else if (isText) this.outbox.addText(FIN | type, payload);
    else this.outbox.addFrame(FIN | type, payload);
  }

  /**
   * Sends a whole message that other connections send too: what is the same for all of them is done once.
   *
   * @param isKept `unsent` tells of it if it was not sent when the connection ends.
   * @param run ends with the message.
   * @returns true when what is appended to the run is sent from now on; `token` is then left in it at the end of that.
   */
  shared(message: SharedMessage, isKept: boolean, run?: SharedRun, token?: unknown): boolean {
    const outgoing = this.#shared(message);
    if (!isKept) return run !== undefined && this.#codec === undefined && this.#sharing?.attach(run, token) === true;
    this.#journal ??= new Journal();
    this.#journal.add(message, outgoing ?? this.outbox.total);
    return false;
  }

  /** Messages kept track of that are not passed on. */
  get unsent(): UnsentMessage[] {
    return this.#journal?.unsent(this.outbox.handedOver) ?? [];
  }

  /** How many messages are not passed on; bytes of these; and how many of them may have been sent all the same. */
  get unsentCount(): { messages: number; bytes: number; mayBeSent: number } {
    const waiting = [...this.#open.values(), ...this.#waiting].filter(isSendable).length + this.#dropped;
    const { messages, messagesInFlight: mayBeSent, bufferedAmount } = this.outbox;
    return {
      messages: waiting + messages + mayBeSent,
      bytes: bufferedAmount + this.#queued + this.#droppedBytes,
      mayBeSent,
    };
  }

  /** The transport has passed on all it was given. */
  passedOn(): void {
    if (this.#journal === undefined) return;
    const { bufferedAmount, passedOn } = this.outbox;
    // What was dropped is not queued any more, and was not sent.
    const isAllSent = bufferedAmount === 0 && this.#queued === 0 && this.#dropped === 0;
    if (isAllSent) this.#journal = undefined;
    else this.#journal.settle(passedOn);
  }

  /** Begins a message that is sent piece by piece: `onRoom` tells when a piece is wanted. */
  open(type: number, events: OutgoingEvents): OutgoingMessage {
    // What is sent from now on follows it.
    this.#sharing?.detach();
    const message = new OutgoingMessage(type, false, events);
    this.#enqueue(message);
    if (message.state !== OutgoingState.Waiting) events.onRoom();
    return message;
  }

  /** True when no piece is wanted before the next `onRoom`. */
  isFull(message: OutgoingMessage): boolean {
    return message.isLent || message.queued >= this.#chunkSize || message.state === OutgoingState.Waiting;
  }

  /** Adds a piece. It must not change before the next is wanted. */
  write(message: OutgoingMessage, piece: Uint8Array): void {
    if (message.state === OutgoingState.Done) return;
    const deflated = this.#deflatePiece(message, piece);
    // A source may use the same memory for every piece: small ones are copied, large ones go before the next is wanted.
    const isLent = deflated === undefined && piece.length >= this.#chunkSize && this.#platform.pin !== undefined;
    message.isLent = isLent;
    const bytes = deflated ?? piece;
    if (isLent) {
      this.#platform.pin?.(piece);
      message.add(piece);
    } else if (bytes.length > 0) {
      message.addCopy(bytes);
    }
    this.#queued += bytes.length;
    this.#wake(message);
  }

  /** Ends a message: with an empty frame if need be, for nobody knew which piece was the last. */
  end(message: OutgoingMessage): void {
    if (message.deflation !== undefined) {
      const rest = message.deflation.finish();
      message.deflation = undefined;
      message.add(rest);
      this.#queued += rest.length;
    }
    message.isComplete = true;
    this.#wake(message);
  }

  /**
   * Gives a message up. One on a stream is cancelled; one that has not been begun leaves no trace. False when neither is
   * possible: half a message without streams cannot be taken back, nor the last stream that a Go peer has left.
   */
  abort(message: OutgoingMessage): boolean {
    if (message.state === OutgoingState.Done) return true;
    if (message.isBegun && (this.#streams === undefined || (this.#isGo && this.#ids.isLast))) return false;
    this.#queued -= message.drop();
    remove(this.#waiting, message);
    remove(this.#ready, message);
    remove(this.#shut, message);
    if (message.isBegun) this.#cancel(message);
    this.#close(message, message.isBegun && this.#isGo);
    return true;
  }

  /** True when no message queues. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#waiting.length === 0;
  }

  /** Gives up all messages that miss a piece. False when one cannot be, and what is behind it cannot be sent. */
  abortPartial(): boolean {
    const partial = [...this.#open.values(), ...this.#waiting].filter(
      ({ isWhole, isComplete }) => !isWhole && !isComplete,
    );
    return partial.map((message) => this.abort(message)).every((isUndone) => isUndone);
  }

  /** Takes what the peer says about windows. */
  flow({ isStop, streamId, openNumber, value }: FlowEntry): void {
    if (streamId === 0) {
      if (this.#window?.raise(value) !== true) return;
      // Those have waited longest: what was dispatched since must not overtake them.
      this.#ready.unshift(...this.#shut);
      this.#shut = [];
      return;
    }
    const message = this.#open.get(streamId);
    // One for a message before this one on the same stream came too late to matter.
    if (message === undefined || !message.isBegun || message.openNumber !== openNumber) return;
    if (isStop) {
      this.abort(message);
      message.events?.onStop();
    } else if (message.window?.raise(value) === true) {
      this.#wake(message);
    } else {
      this.#prefer(message);
    }
  }

  // A limit told once more says that the peer's reader waits for this message.
  #prefer(message: OutgoingMessage): void {
    const connection = this.#window;
    if (connection === undefined) return;
    connection.prefer(message);
    const list = this.#shut.includes(message) ? this.#shut : this.#ready;
    const at = list.indexOf(message);
    if (at < 0) return;
    list.splice(at, 1);
    // What the others have to leave may be for it.
    const isShut = list === this.#shut && connection.availableTo(message) === 0;
    (isShut ? this.#shut : this.#ready).unshift(message);
  }

  /** Puts frames of the messages that queue into the outbox, as many as go into one write. */
  fill(): void {
    while (this.outbox.length < this.#handOver) {
      const message = this.#ready.shift();
      if (message === undefined) return;
      this.#sendChunk(message);
    }
  }

  /** Drops what queues: no data may follow a Close (RFC 6455 §5.5.1). */
  dropQueued(): void {
    this.#droppedBytes += this.#queued;
    for (const message of [...this.#open.values(), ...this.#waiting]) {
      if (isSendable(message)) this.#dropped++;
      message.drop();
      message.state = OutgoingState.Done;
    }
    this.#open.clear();
    this.#waiting.length = 0;
    this.#ready.length = 0;
    this.#shut = [];
    this.#unbegun = 0;
    this.#queued = 0;
    this.#deflating = 0;
  }

  /** The peer reads no more, or must not get what is queued: what it would have to be waited for with is dropped. */
  giveUp(): void {
    const { messages, bytes } = this.outbox.giveUp();
    this.#dropped += messages;
    this.#droppedBytes += bytes;
  }

  /** Drops everything: nothing more can be sent. */
  clear(): void {
    this.dropQueued();
    this.outbox.clear();
  }

  // Nothing queues that a message dispatched now would overtake.
  #isFree(): boolean {
    if (this.#waiting.length > 0 || this.#unbegun > 0) return false;
    return this.#streams !== undefined || this.#open.size === 0;
  }

  #shared(message: SharedMessage): OutgoingMessage | undefined {
    const codec = this.#codec;
    const { type, payload } = message;
    if (this.#sharesFrames && this.#isFree()) {
      const frame = message.frame(codec);
      if (frame !== undefined) {
        this.#sharing?.addShared(frame);
        return undefined;
      }
    }
    const isOurs = typeof payload === 'string';
    const key = codec?.sharedKey;
    if (key === undefined) return this.#whole(type, message.bytes, isOurs);
    return this.#final(type, message.bytes, codec && message.deflated(codec, key), isOurs);
  }

  // These return the message if it has to queue.

  #whole(type: number, plain: Uint8Array, isOurs: boolean): OutgoingMessage | undefined {
    const codec = this.#codec;
    // One that waits is compressed when its turn has come: it may refer to all that is sent before it.
    if (codec !== undefined && (!this.#isFree() || codec.isLarge(plain))) return this.#queue(type, plain, isOurs, true);
    return this.#final(type, plain, codec?.deflate(plain), isOurs);
  }

  #final(
    type: number,
    plain: Uint8Array,
    deflated: Uint8Array | undefined,
    isOurs: boolean,
  ): OutgoingMessage | undefined {
    const first = deflated === undefined ? type : RSV1 | type;
    const payload = deflated ?? plain;
    if (this.#isFree() && this.#sendAtOnce(first, payload)) return undefined;
    return this.#queue(first, payload, isOurs || deflated !== undefined, false);
  }

  // `isRaw`: to be compressed.
  #queue(first: number, payload: Uint8Array, isOurs: boolean, isRaw: boolean): OutgoingMessage {
    const message = new OutgoingMessage(first, true);
    // What waits must not change meanwhile; who sends much at a time knows to leave it alone.
    const mayChange = !isOurs && payload.length < byReferenceFrom(this.#platform);
    if (!isOurs && !mayChange) this.#platform.pin?.(payload);
    message.add(mayChange ? new Uint8Array(payload) : payload);
    message.isComplete = true;
    message.isRaw = isRaw;
    this.#queued += payload.length;
    this.#unbegun++;
    this.#enqueue(message);
    return message;
  }

  // Compresses a message whose turn has come: not before, for it may refer to all that is sent before it.
  #deflate(message: OutgoingMessage, codec: MessageCodec): void {
    message.isRaw = false;
    const plain = message.piece;
    if (!codec.isLarge(plain)) {
      this.#replace(message, codec.deflate(plain));
      return;
    }
    message.isDeflating = true;
    this.#deflating++;
    codec.deflateLater(plain, (deflated) => {
      if (message.state === OutgoingState.Done) return;
      message.isDeflating = false;
      this.#deflating--;
      this.#replace(message, deflated);
      this.#wake(message);
      this.#onReady?.();
    });
  }

  #replace(message: OutgoingMessage, deflated: Uint8Array | undefined): void {
    if (deflated === undefined) return;
    this.#queued += deflated.length - message.drop();
    message.first |= RSV1;
    message.add(deflated);
  }

  // The first piece decides whether all of them are compressed.
  #deflatePiece(message: OutgoingMessage, piece: Uint8Array): Uint8Array | undefined {
    if (message.deflation !== undefined) return message.deflation.push(piece);
    // What a Go peer reads as it arrives it does not inflate beyond the first frame.
    if (this.#isGo || message.hasPieces || piece.length === 0) return undefined;
    message.hasPieces = true;
    const started = this.#codec?.startDeflating(piece);
    if (started === undefined) return undefined;
    message.deflation = started.deflation;
    message.first |= RSV1;
    return started.deflated;
  }

  // Sends a message in one frame, if it may have one to itself. It opens and frees its stream in one go.
  #sendAtOnce(first: number, payload: Uint8Array): boolean {
    if (this.#isGo && payload.length > this.#chunkSize) return false;
    if (this.#streams === undefined) {
      this.outbox.addFrame(FIN | first, payload);
      return true;
    }
    const { length } = payload;
    const connection = this.#window;
    if (length > this.#chunkSize || (connection !== undefined && connection.free < length)) return false;
    const { flow } = this.#streams;
    if (flow !== undefined && flow.send.stream < length) return false;
    const id = this.#ids.take();
    if (id === 0) return false;
    this.#ids.release(id);
    this.#nextOpenNumber();
    connection?.take(length);
    this.outbox.addFrame(FIN | RSV2 | first, payload, id);
    return true;
  }

  #enqueue(message: OutgoingMessage): void {
    if (this.#open === NOT_QUEUEING.open) {
      if (this.#streams === undefined) this.#ids = new StreamIds(1);
      this.#open = new Map();
      this.#waiting = [];
      this.#ready = [];
      this.#shut = [];
    }
    const id = this.#waiting.length > 0 ? 0 : this.#ids.take();
    if (id === 0) this.#waiting.push(message);
    else this.#start(message, id);
  }

  #start(message: OutgoingMessage, id: number): void {
    const { flow } = this.#streams ?? {};
    message.streamId = this.#streams === undefined ? 0 : id;
    message.window = flow?.sendWindow(flow.send.stream);
    message.state = OutgoingState.Parked;
    this.#open.set(message.streamId, message);
    if (message.isRaw && this.#codec !== undefined) this.#deflate(message, this.#codec);
    this.#wake(message);
  }

  // Makes a parked message ready if there is something it may send.
  #wake(message: OutgoingMessage): void {
    if (message.state !== OutgoingState.Parked || message.isDeflating) return;
    const hasBytes = message.queued > 0;
    if (hasBytes ? message.window?.available === 0 : !message.isComplete) return;
    message.state = OutgoingState.Ready;
    this.#ready.push(message);
  }

  #sendChunk(message: OutgoingMessage): void {
    const streams = this.#streams !== undefined;
    const connection = this.#window;
    // Not even an empty message may overtake one that waits.
    const mustWait = message.queued > 0 || (!message.isBegun && this.#shut.length > 0);
    const available = connection?.availableTo(message);
    if (mustWait && available === 0) {
      this.#shut.push(message);
      return;
    }
    const limit = !streams && !this.#isGo && message.isWhole ? Number.POSITIVE_INFINITY : this.#chunkSize;
    const allowed = Math.min(limit, message.window?.available ?? limit, available ?? limit);
    const chunk = message.take(allowed);
    message.window?.take(chunk.length);
    connection?.take(chunk.length);
    this.#queued -= chunk.length;
    const isLast = message.isComplete && message.queued === 0;
    const opcode = message.isBegun ? this.#laterOpcode(message) : message.first;
    if (!message.isBegun) this.#begin(message);
    this.outbox.addFrame((isLast ? FIN : 0) | (streams ? RSV2 : 0) | opcode, chunk, message.streamId);
    if (isLast) {
      message.end = this.outbox.total;
      this.#close(message);
      return;
    }
    message.state = OutgoingState.Parked;
    this.#wake(message);
    if (!this.isFull(message)) message.events?.onRoom();
  }

  // The opcode of all frames of a message but the first.
  #laterOpcode({ first }: OutgoingMessage): number {
    return this.#isGo ? first & OPCODE : Opcode.Continuation;
  }

  #cancel(message: OutgoingMessage): void {
    // A Go peer takes the cancel for the first frame of another message: that must not end, nor the stream be used again.
    const fin = this.#isGo ? 0 : FIN;
    this.outbox.addFrame(fin | RSV2 | this.#laterOpcode(message), EMPTY, message.streamId | CANCEL_BIT);
  }

  #begin(message: OutgoingMessage): void {
    message.isBegun = true;
    message.openNumber = this.#nextOpenNumber();
    if (message.isWhole) this.#unbegun--;
  }

  #nextOpenNumber(): number {
    this.#openNumber = (this.#openNumber + 1) >>> 0;
    return this.#openNumber;
  }

  // `isSpent`: its stream cannot be used again.
  #close(message: OutgoingMessage, isSpent = false): void {
    if (message.isWhole && !message.isBegun) this.#unbegun--;
    const wasOpen = message.state !== OutgoingState.Waiting;
    message.state = OutgoingState.Done;
    if (!wasOpen) return;
    this.#window?.forget(message);
    this.#open.delete(message.streamId);
    if (isSpent) {
      this.#ids.spend();
      return;
    }
    const id = this.#streams === undefined ? 1 : message.streamId;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#ids.release(id);
      return;
    }
    this.#start(next, id);
    next.events?.onRoom();
  }

  #encode(text: string): Uint8Array {
    const bytes = this.#platform.allocate(this.#platform.utf8Length(text));
    this.#platform.writeUtf8(bytes, 0, text);
    return bytes;
  }
}

// Of one that misses a piece its source is told.
function isSendable({ isWhole, isComplete }: OutgoingMessage): boolean {
  return isWhole || isComplete;
}

function remove(list: OutgoingMessage[], message: OutgoingMessage): void {
  const at = list.indexOf(message);
  if (at >= 0) list.splice(at, 1);
}
