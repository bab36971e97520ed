import { Rsv, STREAM_HEADER_LENGTH } from '@webson/frame';
import type { FlowEntry } from '../contract/flow-entry.js';
import type { FrameQueue } from '../contract/frame-queue.js';
import type { GoDialect } from '../contract/go-dialect.js';
import type { MessageCodec } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';
import type { StreamAgreement } from '../contract/stream-agreement.js';
import { Journal, type UnsentMessage } from './journal.js';
import { MessageQueue, type MessageQueueOwner } from './message-queue.js';
import { byReferenceFrom, Outbox } from './outbox.js';
import { type OutgoingEvents, OutgoingMessage, OutgoingState } from './outgoing-message.js';
import type { SharedMessage, SharedRun } from './shared-message.js';

const FIN = 0x80;
const RSV1 = Rsv.Rsv1 << 4;

/** Bytes of queued messages that go into one write. A small message dispatched next waits for no more than these. */
const HAND_OVER = 64 * 1024;

/** The bytes that a queued message counts in addition to its own, for the memory of its entry. */
const ENTRY_SIZE = 1024;

/** The bytes that a message sent piece by piece counts in addition, for its source and its waiting caller. */
const SOURCE_SIZE = 8192;

/** How a {@link Sender} puts messages on the wire. */
export interface SenderOptions {
  /** A client masks every frame (RFC 6455 §5.1). */
  masked: boolean;
  /** The shared secret that extends the masking key. */
  privateMask?: Uint8Array | undefined;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
  /** Most payload bytes in one frame of a message that is sent piece by piece. */
  chunkSize: number;
  /** Set when streams are negotiated. */
  streams?: StreamAgreement | undefined;
  /** Set towards a Go peer. */
  go?: GoDialect | undefined;
  /** True when nothing leaves before `release` of the outbox. Only for Go peers. */
  isHeld?: boolean | undefined;
  /** Called when a message has become ready to be put into the outbox other than in a call of the sender. */
  onReady?: (() => void) | undefined;
}

/**
 * Puts messages on the wire.
 *
 * Invariants:
 * - A message that can be sent at once is sent at once, in one frame. The others queue: see {@link MessageQueue}.
 * - A message is compressed when its turn has come, and not before: with context takeover it may refer to everything that is sent
 *   before it (RFC 7692 §7.1.1).
 * - Towards a Go peer no frame is larger than a chunk, and all frames of a message have its opcode.
 */
export class Sender implements MessageQueueOwner {
  readonly outbox: FrameQueue;
  readonly #platform: Platform;
  readonly #codec: MessageCodec | undefined;
  readonly #isGo: boolean;
  // The outbox, if it accepts frames that other outboxes send, too.
  readonly #sharing: Outbox | undefined;
  // True when a message that can be sent at once becomes one frame with an unchanged payload.
  readonly #isPlain: boolean;
  // True when a message has the same frame on all connections with the same codec.
  readonly #sharesFrames: boolean;
  readonly #hasStreams: boolean;
  readonly #chunkSize: number;
  // Without streams it is created when the first message has to queue, which most connections never see.
  #queue: MessageQueue | undefined;
  // The number of messages that were still queued when the Close was sent. Their ends will not be sent.
  #dropped = 0;
  #droppedBytes = 0;
  #journal: Journal | undefined;
  #deflating = 0;
  readonly #onReady: (() => void) | undefined;

  constructor(platform: Platform, options: SenderOptions) {
    const { go, masked, privateMask, streams } = options;
    this.#platform = platform;
    this.#codec = options.codec;
    this.#isGo = go !== undefined;
    this.#hasStreams = streams !== undefined;
    if (go === undefined) {
      this.#sharing = new Outbox(platform, masked, privateMask);
      this.outbox = this.#sharing;
      this.#chunkSize = options.chunkSize;
    } else {
      this.outbox = go.outbox(platform, masked, privateMask, options.isHeld === true);
      this.#chunkSize = go.frameLimit - (streams === undefined ? 0 : STREAM_HEADER_LENGTH);
    }
    this.#isPlain = go === undefined && options.codec === undefined && streams === undefined;
    this.#sharesFrames = go === undefined && !masked && streams === undefined;
    if (streams !== undefined) this.#queue = this.#createQueue(streams);
    this.#onReady = options.onReady;
  }

  /** The bytes of the messages in the queue. */
  get queuedBytes(): number {
    return this.#queue?.bytes ?? 0;
  }

  /** The memory beside the queued bytes, for the entries of whole messages and of frames that are kept one by one. */
  get overhead(): number {
    return (this.#queue?.unbegun ?? 0) * ENTRY_SIZE + this.outbox.overhead;
  }

  /** The memory of messages that are sent piece by piece, including their sources, and without their queued bytes. */
  get partialOverhead(): number {
    return this.#queue === undefined ? 0 : (this.#queue.size - this.#queue.unbegun) * SOURCE_SIZE;
  }

  /** The memory of the messages in the journal. */
  get journalBytes(): number {
    return this.#journal?.bytes ?? 0;
  }

  /** The bytes that are queued, plus those that the transport was given and has not passed on. */
  get bufferedAmount(): number {
    return this.outbox.bufferedAmount + this.queuedBytes;
  }

  /** `bufferedAmount` plus `overhead`: even an empty message takes memory. */
  get heldAmount(): number {
    return this.bufferedAmount + this.overhead;
  }

  /** True while a ping would only wait behind bytes that are not passed on, or that a Go peer has not read. */
  get isBlocked(): boolean {
    return this.outbox.isBlocked || this.outbox.isWaiting;
  }

  /** True when messages are queued and none of them may send before the peer raises a window. */
  get isShut(): boolean {
    return !this.isEmpty && !this.isReady && !this.isDeflating;
  }

  /** True while queued data may not be sent before a frame of the peer arrives. */
  get needsPeer(): boolean {
    return this.outbox.isWaiting || (this.queuedBytes > 0 && !this.isReady);
  }

  /** Bytes of messages that were sent within the windows of the peer since the connection began; 0 without windows. */
  get moved(): number {
    return this.#queue?.sent ?? 0;
  }

  /** True when `fill` would have something to put into the outbox. */
  get isReady(): boolean {
    return this.#queue?.isReady === true;
  }

  /** True while a message is being compressed in another thread. */
  get isDeflating(): boolean {
    return this.#deflating > 0;
  }

  /** Queues a control frame of at most 125 bytes (RFC 6455 §5.5). It leaves before all messages in the queue. */
  control(opcode: number, payload: string | Uint8Array): void {
    if (typeof payload === 'string') this.outbox.addText(FIN | opcode, payload);
    else this.outbox.addFrame(FIN | opcode, payload);
  }

  /** Sends a whole message. */
  message(type: number, payload: string | Uint8Array): void {
    const isText = typeof payload === 'string';
    if (!this.#isPlain || !this.#isFree) this.#whole(type, isText ? this.#encode(payload) : payload, isText);
    else if (isText) this.outbox.addText(FIN | type, payload);
    else this.outbox.addFrame(FIN | type, payload);
  }

  /**
   * Sends a whole message that other connections send, too. Encoding, compression and framing are shared where possible.
   *
   * @param isKept true when `unsent` is to list the message until it is passed on.
   * @param run a run whose last message this is.
   * @param token is added to `left` of the run when this connection leaves it.
   * @returns true when this connection has joined the run, so that messages appended to the run are sent, too.
   */
  shared(message: SharedMessage, isKept: boolean, run?: SharedRun, token?: unknown): boolean {
    const outgoing = this.#shared(message);
    if (!isKept) return run !== undefined && this.#codec === undefined && this.#sharing?.attach(run, token) === true;
    this.#journal ??= new Journal();
    this.#journal.add(message, outgoing ?? this.outbox.total);
    return false;
  }

  /** The messages in the journal that are not passed on. */
  get unsent(): UnsentMessage[] {
    return this.#journal?.unsent(this.outbox.handedOver) ?? [];
  }

  /** The number of messages that are not passed on, their bytes, and how many of them may have been sent all the same. */
  get unsentCount(): { messages: number; bytes: number; mayBeSent: number } {
    const waiting = (this.#queue?.messages.filter(isSendable).length ?? 0) + this.#dropped;
    const { messages, messagesInFlight: mayBeSent, bufferedAmount } = this.outbox;
    return {
      messages: waiting + messages + mayBeSent,
      bytes: bufferedAmount + this.queuedBytes + this.#droppedBytes,
      mayBeSent,
    };
  }

  /** The transport has passed on everything that it was given. */
  passedOn(): void {
    if (this.#journal === undefined) return;
    const { bufferedAmount, passedOn } = this.outbox;
    // Messages that were dropped are not queued, but were not sent, either.
    const isAllSent = bufferedAmount === 0 && this.queuedBytes === 0 && this.#dropped === 0;
    if (isAllSent) this.#journal = undefined;
    else this.#journal.settle(passedOn);
  }

  /** Begins a message that is sent piece by piece. `onRoom` is called whenever a piece is wanted. */
  open(type: number, events: OutgoingEvents): OutgoingMessage {
    // Messages appended to the run later would overtake this message.
    this.#sharing?.detach();
    const message = new OutgoingMessage(type, false, events);
    this.#queueing.add(message);
    if (message.state !== OutgoingState.Waiting) events.onRoom();
    return message;
  }

  /** True when no piece is wanted before the next `onRoom`. */
  isFull(message: OutgoingMessage): boolean {
    return this.#queueing.isFull(message);
  }

  /** Adds a piece, which must not change before the next one is wanted. */
  write(message: OutgoingMessage, piece: Uint8Array): void {
    if (message.state === OutgoingState.Done) return;
    const deflated = this.#deflatePiece(message, piece);
    // A source may use the same memory for every piece. So small pieces are copied, and large ones are sent before the next one
    // is wanted.
    const isLent = deflated === undefined && piece.length >= this.#chunkSize && this.#platform.pin !== undefined;
    message.isLent = isLent;
    const bytes = deflated ?? piece;
    if (isLent) {
      this.#platform.pin?.(piece);
      message.add(piece);
    } else if (bytes.length > 0) {
      message.addCopy(bytes);
    }
    this.#queueing.bytes += bytes.length;
    this.#queueing.wake(message);
  }

  /** Ends a message. An empty last frame is sent when the last piece has left already. */
  end(message: OutgoingMessage): void {
    if (message.deflation !== undefined) {
      const rest = message.deflation.finish();
      message.deflation = undefined;
      message.add(rest);
      this.#queueing.bytes += rest.length;
    }
    message.isComplete = true;
    this.#queueing.wake(message);
  }

  /** Aborts a message. Returns false when that is impossible: see {@link MessageQueue.abort}. */
  abort(message: OutgoingMessage): boolean {
    return this.#queueing.abort(message);
  }

  /** True when no message is queued. */
  get isEmpty(): boolean {
    return this.#queue === undefined || this.#queue.size === 0;
  }

  /** Aborts all messages that are incomplete. Returns false when that is impossible for one, which then blocks those behind it. */
  abortPartial(): boolean {
    const partial = (this.#queue?.messages ?? []).filter(({ isWhole, isComplete }) => !isWhole && !isComplete);
    return partial.map((message) => this.abort(message)).every((isUndone) => isUndone);
  }

  /** Takes an entry of a FLOW frame of the peer. */
  flow(entry: FlowEntry): void {
    this.#queue?.flow(entry);
  }

  /** Puts frames of the queued messages into the outbox until it holds enough for one write. */
  fill(): void {
    this.#queue?.fill();
  }

  /** Drops the queued messages: no data may follow a Close (RFC 6455 §5.5.1). */
  dropQueued(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    this.#droppedBytes += queue.bytes;
    this.#dropped += queue.messages.filter(isSendable).length;
    queue.drop();
    this.#deflating = 0;
  }

  /** Drops the frames that would have to wait for the peer, which reads no more or must not get them. */
  giveUp(): void {
    const { messages, bytes } = this.outbox.giveUp();
    this.#dropped += messages;
    this.#droppedBytes += bytes;
  }

  /** Drops everything. The transport is gone. */
  clear(): void {
    this.dropQueued();
    this.outbox.clear();
  }

  /** Only for the {@link MessageQueue}. */
  onTurn(message: OutgoingMessage): void {
    if (message.isRaw && this.#codec !== undefined) this.#deflate(message, this.#codec);
  }

  get #queueing(): MessageQueue {
    this.#queue ??= this.#createQueue(undefined);
    return this.#queue;
  }

  #createQueue(streams: StreamAgreement | undefined): MessageQueue {
    const chunkSize = this.#chunkSize;
    const isGo = this.#isGo;
    return new MessageQueue(this.outbox, { chunkSize, handOver: isGo ? chunkSize : HAND_OVER, streams, isGo }, this);
  }

  // True when a message dispatched now would overtake none.
  get #isFree(): boolean {
    return this.#queue === undefined || this.#queue.isFree;
  }

  #shared(message: SharedMessage): OutgoingMessage | undefined {
    const codec = this.#codec;
    const { type, payload } = message;
    if (this.#sharesFrames && this.#isFree) {
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

  // `#whole` and `#final` return the message if it has to queue.

  #whole(type: number, plain: Uint8Array, isOurs: boolean): OutgoingMessage | undefined {
    const codec = this.#codec;
    // A message that waits is compressed when its turn has come, because it may refer to everything that is sent before it.
    if (codec !== undefined && (!this.#isFree || codec.isLarge(plain))) return this.#enqueue(type, plain, isOurs, true);
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
    if (this.#isFree && this.#sendAtOnce(first, payload)) return undefined;
    return this.#enqueue(first, payload, isOurs || deflated !== undefined, false);
  }

  // `isRaw` is true when the payload is yet to be compressed.
  #enqueue(first: number, payload: Uint8Array, isOurs: boolean, isRaw: boolean): OutgoingMessage {
    const message = new OutgoingMessage(first, true);
    // The application may change a small payload after the call, so it is copied. A large one must not change until it is sent.
    const mayChange = !isOurs && payload.length < byReferenceFrom(this.#platform);
    if (!isOurs && !mayChange) this.#platform.pin?.(payload);
    message.add(mayChange ? new Uint8Array(payload) : payload);
    message.isComplete = true;
    message.isRaw = isRaw;
    const queue = this.#queueing;
    queue.bytes += payload.length;
    queue.unbegun++;
    queue.add(message);
    return message;
  }

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
      this.#queueing.wake(message);
      this.#onReady?.();
    });
  }

  #replace(message: OutgoingMessage, deflated: Uint8Array | undefined): void {
    if (deflated === undefined) return;
    this.#queueing.bytes += deflated.length - message.drop();
    message.first |= RSV1;
    message.add(deflated);
  }

  // Returns the piece compressed, or undefined. The first piece decides whether all of them are compressed.
  #deflatePiece(message: OutgoingMessage, piece: Uint8Array): Uint8Array | undefined {
    if (message.deflation !== undefined) return message.deflation.push(piece);
    // A Go peer that reads a message as it arrives inflates only the first frame.
    if (this.#isGo || message.hasPieces || piece.length === 0) return undefined;
    message.hasPieces = true;
    const started = this.#codec?.startDeflating(piece);
    if (started === undefined) return undefined;
    message.deflation = started.deflation;
    message.first |= RSV1;
    return started.deflated;
  }

  // Sends a message in one frame. Returns false when it has to queue.
  #sendAtOnce(first: number, payload: Uint8Array): boolean {
    if (this.#isGo && payload.length > this.#chunkSize) return false;
    if (this.#hasStreams) return this.#queueing.sendAtOnce(first, payload);
    this.outbox.addFrame(FIN | first, payload);
    return true;
  }

  #encode(text: string): Uint8Array {
    const bytes = this.#platform.allocate(this.#platform.utf8Length(text));
    this.#platform.writeUtf8(bytes, 0, text);
    return bytes;
  }
}

// Incomplete messages do not count as unsent: their sources are told.
function isSendable({ isWhole, isComplete }: OutgoingMessage): boolean {
  return isWhole || isComplete;
}
