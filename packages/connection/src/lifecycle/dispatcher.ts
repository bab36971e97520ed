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

/** Who owns a {@link Dispatcher}. */
export interface DispatcherOwner {
  /** Calls the handlers of a message; a promise keeps one place taken until it settles. */
  handle(message: Message): unknown;
  /** A handler threw or rejected. Must not throw. */
  onHandlerError(error: unknown): void;
  /** `isFull` or `queuedBytes` may have changed. */
  onLoad(): void;
}

/** A message that is still arriving, as it concerns its handler. */
export interface Arriving {
  /** The handler has settled. `hasPromised`: it had promised to say when. */
  settle(hasPromised: boolean): void;
  /** It waits for its handler to be called, or waits no longer. */
  lag(isLagging: boolean): void;
}

interface Entry {
  message: Message;
  arriving: Arriving | undefined;
  bytes: number;
}

/** Bytes that a message counts beside its own while it waits, for what it takes to keep it. */
const ENTRY_SIZE = 512;

/** The same of a message that is read on although its handler has settled, with its reader. */
const LEFT_SIZE = 2048;

/** As much as the so-manieth part of `maxPendingBytes` may wait behind what is being handled. */
const WAITING_SHARE = 4;

/** Bytes beyond the bound that may be let in with the rest of a chunk: to keep it aside costs more. */
const CHUNK_ROOM = 512 * 1024;

/** Messages that were handed on, at least, before the queue is cut short of them. */
const TRIMMED_FROM = 64;

/** Stands in until a message has to queue: on most connections none ever does. Nothing is put in. */
const NOT_QUEUEING: (Entry | undefined)[] = [];

/** Hands messages to their handlers in the order they came, no more at a time than allowed. */
export class Dispatcher implements HandlerLoad, PendingHandlers {
  readonly #owner: DispatcherOwner;
  readonly #maxPending: number;
  readonly #maxBytes: number;
  // What came while as many handlers were pending as may be.
  #queue: (Entry | undefined)[] = NOT_QUEUEING;
  #head = 0;
  #queuedBytes = 0;
  #pending = 0;
  #pendingBytes = 0;
  // Of those, the ones of control frames.
  #interjectedBytes = 0;
  // Messages that their handlers have left.
  #left = 0;
  #isBusy = false;
  #isHandingOn = false;
  #onIdle: (() => void) | undefined;
  #onSettled: (() => void) | undefined;

  constructor(options: DispatcherOptions, owner: DispatcherOwner) {
    this.#owner = owner;
    this.#maxPending = options.synchronize ? 1 : options.maxPendingHandlers;
    this.#maxBytes = options.maxPendingBytes;
  }

  /** True while as many messages wait as should: a quarter of `maxPendingBytes`. */
  get isFull(): boolean {
    const { queuedBytes } = this;
    return queuedBytes > 0 && queuedBytes >= this.#maxBytes / WAITING_SHARE;
  }

  /** True when not even the rest of a chunk should be let in: many small messages may lie in it. */
  get isStuffed(): boolean {
    const { queuedBytes } = this;
    return queuedBytes > 0 && queuedBytes >= this.#maxBytes / WAITING_SHARE + CHUNK_ROOM;
  }

  /**
   * Bytes of the messages that wait, and some for each of them; and the same of control frames that are being handled, which
   * wait for nobody, and of messages that are read on although their handlers have settled.
   */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#interjectedBytes + this.#left * LEFT_SIZE;
  }

  /** Messages whose handlers are pending, and those that queue behind them. */
  get unsettled(): number {
    return this.#pending + this.#queue.length - this.#head;
  }

  /** A message that its handler has left unread is kept from now on, or is not any more. */
  keep(isKept: boolean): void {
    this.#left += isKept ? 1 : -1;
    this.#owner.onLoad();
  }

  /** Hands the message on, or queues it. `arriving`: set when it is not complete. */
  push(message: Message, arriving?: Arriving): void {
    if (!this.#isBusy) {
      this.#run(message, arriving);
      return;
    }
    // Of a message that is still arriving there will be more, or less, by the time its turn has come.
    const bytes = ENTRY_SIZE + (arriving === undefined ? message.size : 0);
    if (this.#queue === NOT_QUEUEING) this.#queue = [];
    this.#queue.push({ message, arriving, bytes });
    this.#queuedBytes += bytes;
    this.#owner.onLoad();
    arriving?.lag(true);
  }

  /** Hands a message on ahead of those that wait: a control frame, for which a handler of theirs may be waiting. */
  interject(message: Message): void {
    this.#run(message, undefined, true);
  }

  /** Calls `action` once every message has been handed to its handlers. */
  whenIdle(action: () => void): void {
    if (this.#head === this.#queue.length) action();
    else this.#onIdle = action;
  }

  /** Calls `action` once every handler has settled, too; it replaces the one before. */
  whenSettled(action: () => void): void {
    if (this.unsettled === 0) action();
    else this.#onSettled = action;
  }

  // Most handlers return nothing: for those no more than this is done, and no closure made.
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
    // What is still arriving is bounded by what may be unread.
    const bytes = (isInterjected ? ENTRY_SIZE : 0) + (message.isComplete ? message.size : 0);
    this.#pending++;
    this.#pendingBytes += bytes;
    if (isInterjected) this.#interjectedBytes += bytes;
    const isNew = !this.#isBusy && this.#isOver();
    if (isNew) this.#isBusy = true;
    if (isNew || isInterjected) this.#owner.onLoad();
    const onSettled = (): void => {
      if (isInterjected) this.#interjectedBytes -= bytes;
      arriving?.settle(true);
      this.#settled(bytes, isInterjected);
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

  #settled(bytes: number, isInterjected: boolean): void {
    this.#pending--;
    this.#pendingBytes -= bytes;
    if (this.#isHandingOn) return;
    if (this.#isBusy) this.#handOn();
    // Reading may be paused for control frames, and for what handlers have left, too.
    else if (this.#left > 0 || isInterjected) this.#owner.onLoad();
    if (this.#onSettled !== undefined && this.unsettled === 0) {
      const action = this.#onSettled;
      this.#onSettled = undefined;
      action();
    }
  }

  // Hands on what queues, as much as may be.
  #handOn(): void {
    this.#isHandingOn = true;
    while (!this.#isOver()) {
      const next = this.#shift();
      if (next === undefined) {
        this.#isBusy = false;
        break;
      }
      next.arriving?.lag(false);
      this.#run(next.message, next.arriving);
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
      this.#queue = NOT_QUEUEING;
      this.#head = 0;
      return undefined;
    }
    // A queue that is never empty must not keep what was in it.
    this.#queue[this.#head] = undefined;
    this.#head++;
    this.#queuedBytes -= next.bytes;
    if (this.#head >= TRIMMED_FROM && this.#head * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return next;
  }

  #isOver(): boolean {
    return this.#pending >= this.#maxPending || this.#pendingBytes >= this.#maxBytes;
  }
}
