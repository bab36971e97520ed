import { CANCEL_BIT, Opcode, Rsv } from '@webson/frame';
import type { FlowEntry } from '../contract/flow-entry.js';
import type { FrameQueue } from '../contract/frame-queue.js';
import type { StreamAgreement } from '../contract/stream-agreement.js';
import type { SharedOutboundWindow } from '../contract/window.js';
import { StreamIds } from '../streams/stream-ids.js';
import { type OutgoingMessage, OutgoingState } from './outgoing-message.js';

const FIN = 0x80;
const RSV2 = Rsv.Rsv2 << 4;
const OPCODE = 0x0f;
const EMPTY = new Uint8Array(0);

/** How a {@link MessageQueue} cuts messages into frames. */
export interface MessageQueueOptions {
  /** Most payload bytes in one frame of a message that is sent piece by piece, or that shares the connection with others. */
  readonly chunkSize: number;
  /** Bytes that go into one write. A small message dispatched next waits for no more than these. */
  readonly handOver: number;
  /** Set when streams are negotiated. */
  readonly streams: StreamAgreement | undefined;
  /** True when the peer speaks the Go dialect. */
  readonly isGo: boolean;
}

/** The owner of a {@link MessageQueue}. */
export interface MessageQueueOwner {
  /** The turn of a message has come: everything that is sent before it is in the outbox, or on another stream. */
  onTurn(message: OutgoingMessage): void;
}

/**
 * The messages that could not be sent at once.
 *
 * Invariants:
 * - With streams the messages take turns, a chunk each, and none sends more than the peer's windows allow. Without streams they
 *   follow one another (RFC 6455 §5.4).
 * - A message waits for a stream id, then it is parked until it has something that it may send, then it is ready, or shut
 *   while the window of the connection is used up.
 * - Whole messages begin in the order in which they were queued.
 */
export class MessageQueue {
  /** The bytes of all messages in the queue. */
  bytes = 0;
  /** The number of whole messages that have not begun. A message dispatched later must not overtake them. */
  unbegun = 0;
  readonly #outbox: FrameQueue;
  readonly #options: MessageQueueOptions;
  readonly #owner: MessageQueueOwner;
  readonly #window: SharedOutboundWindow | undefined;
  // Without streams there is one id, and it stands for the turn to send.
  readonly #ids: StreamIds;
  readonly #open = new Map<number, OutgoingMessage>();
  #waiting: OutgoingMessage[] = [];
  #ready: OutgoingMessage[] = [];
  #shut: OutgoingMessage[] = [];
  #openNumber = 0;

  constructor(outbox: FrameQueue, options: MessageQueueOptions, owner: MessageQueueOwner) {
    const { streams } = options;
    this.#outbox = outbox;
    this.#options = options;
    this.#owner = owner;
    this.#window = streams?.flow?.sharedWindow(streams.flow.send.connection);
    this.#ids = new StreamIds(streams?.maxStreams ?? 1);
  }

  /** The number of messages in the queue. */
  get size(): number {
    return this.#open.size + this.#waiting.length;
  }

  /** Bytes that were sent within the window of the connection; 0 without one. */
  get sent(): number {
    return this.#window?.sent ?? 0;
  }

  /** All messages in the queue. */
  get messages(): OutgoingMessage[] {
    return [...this.#open.values(), ...this.#waiting];
  }

  /** True when `fill` would have something to put into the outbox. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** True when a message dispatched now would overtake none. */
  get isFree(): boolean {
    if (this.#waiting.length > 0 || this.unbegun > 0) return false;
    return this.#options.streams !== undefined || this.#open.size === 0;
  }

  /**
   * Sends a message in one frame on a stream, which it opens and frees at once. Returns false and does nothing when the message
   * is larger than a chunk or than the windows, or when no stream is free.
   */
  sendAtOnce(first: number, payload: Uint8Array): boolean {
    const { length } = payload;
    const { chunkSize, streams } = this.#options;
    const connection = this.#window;
    if (length > chunkSize || (connection !== undefined && connection.free < length)) return false;
    const flow = streams?.flow;
    if (flow !== undefined && flow.send.stream < length) return false;
    const id = this.#ids.take();
    if (id === 0) return false;
    this.#ids.release(id);
    this.#nextOpenNumber();
    connection?.take(length);
    this.#outbox.addFrame(FIN | RSV2 | first, payload, id);
    return true;
  }

  /** Appends a message. */
  add(message: OutgoingMessage): void {
    const id = this.#waiting.length > 0 ? 0 : this.#ids.take();
    if (id === 0) this.#waiting.push(message);
    else this.#start(message, id);
  }

  /** Makes a parked message ready if it may send something. */
  wake(message: OutgoingMessage): void {
    if (message.state !== OutgoingState.Parked || message.isDeflating) return;
    const hasBytes = message.queued > 0;
    if (hasBytes ? message.window?.available === 0 : !message.isComplete) return;
    message.state = OutgoingState.Ready;
    this.#ready.push(message);
  }

  /** True when no piece of the message is wanted before the next `onRoom`. */
  isFull(message: OutgoingMessage): boolean {
    return message.isLent || message.queued >= this.#options.chunkSize || message.state === OutgoingState.Waiting;
  }

  /**
   * Aborts a message. A message that has begun is cancelled on its stream, and one that has not leaves no trace. Returns false
   * when the message has begun and there are no streams, or when it has the last stream that is left towards a Go peer.
   */
  abort(message: OutgoingMessage): boolean {
    if (message.state === OutgoingState.Done) return true;
    const { isGo, streams } = this.#options;
    if (message.isBegun && (streams === undefined || (isGo && this.#ids.isLast))) return false;
    this.bytes -= message.drop();
    remove(this.#waiting, message);
    remove(this.#ready, message);
    remove(this.#shut, message);
    if (message.isBegun) this.#cancel(message);
    this.#close(message, message.isBegun && isGo);
    return true;
  }

  /** Takes an entry of a FLOW frame of the peer. */
  flow({ isStop, streamId, openNumber, value }: FlowEntry): void {
    if (streamId === 0) {
      if (this.#window?.raise(value) !== true) return;
      // The shut messages have waited longest, and messages dispatched since must not overtake them.
      this.#ready.unshift(...this.#shut);
      this.#shut = [];
      return;
    }
    const message = this.#open.get(streamId);
    // An entry for an earlier message on the same stream has arrived too late to matter.
    if (message === undefined || !message.isBegun || message.openNumber !== openNumber) return;
    if (isStop) {
      this.abort(message);
      message.events?.onStop();
    } else if (message.window?.raise(value) === true) {
      this.wake(message);
    } else {
      this.#prefer(message);
    }
  }

  /** Puts frames of the messages into the outbox until it holds enough for one write. */
  fill(): void {
    while (this.#outbox.length < this.#options.handOver) {
      const message = this.#ready.shift();
      if (message === undefined) return;
      this.#sendChunk(message);
    }
  }

  /** Drops all messages. */
  drop(): void {
    for (const message of this.messages) {
      message.drop();
      message.state = OutgoingState.Done;
    }
    this.#open.clear();
    this.#waiting = [];
    this.#ready = [];
    this.#shut = [];
    this.unbegun = 0;
    this.bytes = 0;
  }

  // A limit that the peer repeats tells that a reader waits for this message.
  #prefer(message: OutgoingMessage): void {
    const connection = this.#window;
    if (connection === undefined) return;
    connection.prefer(message);
    const list = this.#shut.includes(message) ? this.#shut : this.#ready;
    const at = list.indexOf(message);
    if (at < 0) return;
    list.splice(at, 1);
    // The preferred message may have the bytes of the window that are withheld from others.
    const isShut = list === this.#shut && connection.availableTo(message) === 0;
    (isShut ? this.#shut : this.#ready).unshift(message);
  }

  #start(message: OutgoingMessage, id: number): void {
    const { streams } = this.#options;
    message.streamId = streams === undefined ? 0 : id;
    message.window = streams?.flow?.sendWindow(streams.flow.send.stream);
    message.state = OutgoingState.Parked;
    this.#open.set(message.streamId, message);
    this.#owner.onTurn(message);
    this.wake(message);
  }

  #sendChunk(message: OutgoingMessage): void {
    const { chunkSize, isGo, streams } = this.#options;
    const connection = this.#window;
    // An empty message needs no window, but must not overtake one that waits, either.
    const mustWait = message.queued > 0 || (!message.isBegun && this.#shut.length > 0);
    const available = connection?.availableTo(message);
    if (mustWait && available === 0) {
      this.#shut.push(message);
      return;
    }
    const limit = streams === undefined && !isGo && message.isWhole ? Number.POSITIVE_INFINITY : chunkSize;
    const allowed = Math.min(limit, message.window?.available ?? limit, available ?? limit);
    const chunk = message.take(allowed);
    message.window?.take(chunk.length);
    connection?.take(chunk.length);
    this.bytes -= chunk.length;
    const isLast = message.isComplete && message.queued === 0;
    const opcode = message.isBegun ? this.#laterOpcode(message) : message.first;
    if (!message.isBegun) this.#begin(message);
    const stream = streams === undefined ? 0 : RSV2;
    this.#outbox.addFrame((isLast ? FIN : 0) | stream | opcode, chunk, message.streamId);
    if (isLast) {
      message.end = this.#outbox.total;
      this.#close(message);
      message.events?.onRoom();
      return;
    }
    message.state = OutgoingState.Parked;
    this.wake(message);
    if (!this.isFull(message)) message.events?.onRoom();
  }

  // Returns the opcode of all frames of a message except the first.
  #laterOpcode({ first }: OutgoingMessage): number {
    return this.#options.isGo ? first & OPCODE : Opcode.Continuation;
  }

  #cancel(message: OutgoingMessage): void {
    // A Go peer takes the cancel for the first frame of another message. That message must not end, so the frame has no FIN and
    // the stream is not used again.
    const fin = this.#options.isGo ? 0 : FIN;
    this.#outbox.addFrame(fin | RSV2 | this.#laterOpcode(message), EMPTY, message.streamId | CANCEL_BIT);
  }

  #begin(message: OutgoingMessage): void {
    message.isBegun = true;
    message.openNumber = this.#nextOpenNumber();
    if (message.isWhole) this.unbegun--;
  }

  #nextOpenNumber(): number {
    this.#openNumber = (this.#openNumber + 1) >>> 0;
    return this.#openNumber;
  }

  // `isSpent` is true when the stream of the message cannot be used again.
  #close(message: OutgoingMessage, isSpent = false): void {
    if (message.isWhole && !message.isBegun) this.unbegun--;
    const wasOpen = message.state !== OutgoingState.Waiting;
    message.state = OutgoingState.Done;
    if (!wasOpen) return;
    this.#window?.forget(message);
    this.#open.delete(message.streamId);
    if (isSpent) {
      this.#ids.spend();
      return;
    }
    const id = this.#options.streams === undefined ? 1 : message.streamId;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#ids.release(id);
      return;
    }
    this.#start(next, id);
    next.events?.onRoom();
  }
}

function remove(list: OutgoingMessage[], message: OutgoingMessage): void {
  const at = list.indexOf(message);
  if (at >= 0) list.splice(at, 1);
}
