import { promiseOf } from '../application/thenable.js';
import type { Message } from '../message.js';
import type { HandlerLoad } from '../reading/admission.js';
import type { PendingHandlers } from './close-answer.js';

/** How messages reach their handlers. */
export interface DispatcherOptions {
  /** One handler at a time, awaited. */
  synchronize: boolean;
  /** Handlers that may be pending at once, when not synchronized. */
  maxPendingHandlers: number;
  /** Bytes of messages whose handlers may be pending at once; a quarter as many may wait behind them. */
  maxPendingBytes: number;
}

/** The owner of a {@link Dispatcher}. */
export interface DispatcherOwner {
  /** Calls the handlers of a message. A promise that it returns counts as a pending handler until it settles. */
  handle(message: Message): unknown;
  /** Called with what a handler threw or rejected with. Must not throw. */
  onHandlerError(error: unknown): void;
  /** Called when `isFull` or `queuedBytes` may have changed. */
  onLoad(): void;
}

/** A message that is still arriving while it waits for its handler or is being handled. */
export interface Arriving {
  /** Called when the handler has settled. @param hasPromised true when it returned a promise, or threw. */
  settle(hasPromised: boolean): void;
  /** Called with true when the message begins to wait for its handler to be called, with false when it is called. */
  lag(isLagging: boolean): void;
}

interface Entry {
  message: Message | undefined;
  arriving: Arriving | undefined;
  bytes: number;
  // True while neither the message nor those behind it may be handed on.
  isHeld: boolean;
  // Called instead of handing on a message.
  action: (() => void) | undefined;
}

/** Bytes that each waiting message counts in addition to its payload, for the memory of its objects. */
const ENTRY_SIZE = 512;

/** Bytes that a message counts which is read on after its handler has settled, for the memory of its objects and its reader. */
const READ_ON_SIZE = 2048;

/** The messages that wait may hold `maxPendingBytes` divided by this number. */
const WAITING_SHARE = 4;

/** Bytes by which the rest of a chunk may exceed the bound, as decoding it costs less than keeping it. */
const CHUNK_ROOM = 512 * 1024;

/** The queue is compacted when at least this many messages at its start were handed on. */
const COMPACT_FROM = 64;

/** The shared empty queue of all connections on which no message waits, which most never see. It must stay empty. */
const EMPTY_QUEUE: (Entry | undefined)[] = [];

/**
 * Hands messages to their handlers.
 *
 * Invariants:
 * - Messages reach their handlers in the order in which they arrived. Only `interject` overtakes the queue, for control frames
 *   (RFC 6455 §5.4: they may come in the middle of a fragmented message).
 * - A message is handed on only while fewer than `maxPendingHandlers` handlers are pending (one with `synchronize`) and the
 *   messages of pending handlers hold fewer than `maxPendingBytes` bytes.
 * - A message that is held keeps those behind it waiting, too.
 * - While the queue holds a message, `isBusy` is true.
 */
export class Dispatcher implements HandlerLoad, PendingHandlers {
  readonly #owner: DispatcherOwner;
  readonly #options: DispatcherOptions;
  #maxPending: number;
  readonly #maxBytes: number;
  // Messages that arrived while the limit of pending handlers was reached; those before `#head` were handed on.
  #queue: (Entry | undefined)[] = EMPTY_QUEUE;
  #head = 0;
  #queuedBytes = 0;
  #pending = 0;
  #pendingBytes = 0;
  // The part of `#pendingBytes` that control frames count, with what each of them counts beside its payload.
  #interjectedBytes = 0;
  // Number of messages that are read on after their handlers have settled.
  #readOnCount = 0;
  #moves = 0;
  #isBusy = false;
  #isHandingOn = false;
  #onIdle: (() => void) | undefined;
  #onSettled: (() => void) | undefined;

  constructor(options: DispatcherOptions, owner: DispatcherOwner) {
    this.#owner = owner;
    this.#options = options;
    this.#maxPending = mostPending(options);
    this.#maxBytes = options.maxPendingBytes;
  }

  /** True while the messages that wait hold a quarter of `maxPendingBytes` or more: reading should pause. */
  get isFull(): boolean {
    const { queuedBytes } = this;
    return queuedBytes > 0 && queuedBytes >= this.#maxBytes / WAITING_SHARE;
  }

  /** True when not even the rest of the current chunk should be decoded, in which there may be many small messages. */
  get isStuffed(): boolean {
    const { queuedBytes } = this;
    return queuedBytes > 0 && queuedBytes >= this.#maxBytes / WAITING_SHARE + CHUNK_ROOM;
  }

  /**
   * Bytes that count towards the bound on waiting messages: the messages in the queue, the control frames that are being
   * handled (these never wait in the queue), and the messages that are read on after their handlers have settled.
   */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#interjectedBytes + this.#readOnCount * READ_ON_SIZE;
  }

  get isHolding(): boolean {
    return this.unsettled > 0 || this.#readOnCount > 0;
  }

  get moves(): number {
    return this.#moves;
  }

  /** Number of messages whose handlers are pending, plus the messages in the queue. */
  get unsettled(): number {
    return this.#pending + this.#queue.length - this.#head;
  }

  /** Counts a message that is read on after its handler has settled, or stops counting it. */
  keep(isKept: boolean): void {
    this.#readOnCount += isKept ? 1 : -1;
    this.#moves++;
    this.#owner.onLoad();
  }

  /** Hands the message on, or queues it. @param arriving set when the message is not complete. */
  push(message: Message, arriving?: Arriving): void {
    if (!this.#isBusy) {
      this.#run(message, arriving);
      return;
    }
    // The size of a message that is still arriving may change while it is queued, so its payload is not counted here.
    const bytes = ENTRY_SIZE + (arriving === undefined ? message.size : 0);
    this.#enqueue({ message, arriving, bytes, isHeld: false, action: undefined });
    arriving?.lag(true);
  }

  /**
   * Queues a message that is not to be handed on before it has arrived completely.
   *
   * @returns a function to call then with true, or with false when it will not arrive.
   */
  hold(message: Message, arriving: Arriving): (isComplete: boolean) => void {
    const entry: Entry = { message, arriving, bytes: ENTRY_SIZE, isHeld: true, action: undefined };
    this.#isBusy = true;
    this.#enqueue(entry);
    arriving.lag(true);
    return (isComplete) => {
      if (!isComplete) {
        entry.message = undefined;
        entry.arriving?.lag(false);
        entry.arriving = undefined;
      }
      entry.isHeld = false;
      if (this.#isHandingOn) return;
      this.#handOn();
      this.#tellSettled();
    };
  }

  /** Calls `action` once all messages that are queued now have been handed on: at once when there are none. */
  afterQueued(action: () => void): void {
    if (this.#head === this.#queue.length) action();
    else this.#enqueue({ message: undefined, arriving: undefined, bytes: 0, isHeld: false, action });
  }

  /** Hands on one message at a time, each after the handlers of the one before have settled, or as the options say again. */
  setOneAtATime(isOne: boolean): void {
    this.#maxPending = isOne ? 1 : mostPending(this.#options);
    this.#isBusy ||= this.#isAtLimit();
    if (this.#isBusy && !this.#isHandingOn) this.#handOn();
  }

  /** Hands a control frame on ahead of the queue: a pending handler may be waiting for it. */
  interject(message: Message): void {
    this.#run(message, undefined, true);
  }

  /** Calls `action` once the queue is empty. */
  whenIdle(action: () => void): void {
    if (this.#head === this.#queue.length) action();
    else this.#onIdle = action;
  }

  /** Calls `action` once the queue is empty and every handler has settled. It replaces an `action` given before. */
  whenSettled(action: () => void): void {
    if (this.unsettled === 0) action();
    else this.#onSettled = action;
  }

  #enqueue(entry: Entry): void {
    if (this.#queue === EMPTY_QUEUE) this.#queue = [];
    this.#queue.push(entry);
    this.#moves++;
    this.#queuedBytes += entry.bytes;
    this.#owner.onLoad();
  }

  // Most handlers return no promise: no closure is created for those.
  #run(message: Message, arriving: Arriving | undefined, isInterjected = false): void {
    let promise: Promise<unknown> | undefined;
    try {
      promise = promiseOf(this.#owner.handle(message));
    } catch (error) {
      this.#owner.onHandlerError(error);
      arriving?.settle(true);
      return;
    }
    if (promise === undefined) arriving?.settle(false);
    else this.#await(promise, message, arriving, isInterjected);
  }

  #await(promise: Promise<unknown>, message: Message, arriving: Arriving | undefined, isInterjected: boolean): void {
    // The payload of a message that is still arriving is bounded by the limits on unread bytes instead.
    const bytes = (isInterjected ? ENTRY_SIZE : 0) + (message.isComplete ? message.size : 0);
    this.#pending++;
    this.#pendingBytes += bytes;
    if (isInterjected) this.#interjectedBytes += bytes;
    const isNew = !this.#isBusy && this.#isAtLimit();
    if (isNew) this.#isBusy = true;
    if (isNew || isInterjected) this.#owner.onLoad();
    const onSettled = (): void => {
      if (isInterjected) this.#interjectedBytes -= bytes;
      arriving?.settle(true);
      this.#onHandlerSettled(bytes, isInterjected);
    };
    const onRejected = (error: unknown): void => {
      this.#owner.onHandlerError(error);
      onSettled();
    };
    try {
      promise.then(onSettled, onRejected);
    } catch (error) {
      onRejected(error);
    }
  }

  #onHandlerSettled(bytes: number, isInterjected: boolean): void {
    this.#pending--;
    this.#pendingBytes -= bytes;
    this.#moves++;
    if (this.#isHandingOn) return;
    if (this.#isBusy) this.#handOn();
    // Reading may also be paused because of control frames and of messages that are read on.
    else if (this.#readOnCount > 0 || isInterjected) this.#owner.onLoad();
    this.#tellSettled();
  }

  #tellSettled(): void {
    if (this.#onSettled === undefined || this.unsettled > 0) return;
    const action = this.#onSettled;
    this.#onSettled = undefined;
    action();
  }

  // Hands on queued messages until a limit is reached.
  #handOn(): void {
    this.#isHandingOn = true;
    while (!this.#isAtLimit() && this.#queue[this.#head]?.isHeld !== true) {
      const next = this.#shift();
      if (next === undefined) {
        this.#isBusy = false;
        break;
      }
      next.arriving?.lag(false);
      next.action?.();
      if (next.message !== undefined) this.#run(next.message, next.arriving);
      if (this.#head === this.#queue.length) {
        this.#onIdle?.();
        this.#onIdle = undefined;
      }
    }
    this.#isHandingOn = false;
    this.#owner.onLoad();
  }

  #shift(): Entry | undefined {
    const next = this.#queue[this.#head];
    if (next === undefined) {
      this.#queue = EMPTY_QUEUE;
      this.#head = 0;
      return undefined;
    }
    // The slot is cleared so that a queue which never gets empty does not keep the message alive.
    this.#queue[this.#head] = undefined;
    this.#head++;
    this.#moves++;
    this.#queuedBytes -= next.bytes;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }

  #isAtLimit(): boolean {
    return this.#pending >= this.#maxPending || this.#pendingBytes >= this.#maxBytes;
  }
}

function mostPending({ synchronize, maxPendingHandlers }: DispatcherOptions): number {
  return synchronize ? 1 : maxPendingHandlers;
}
