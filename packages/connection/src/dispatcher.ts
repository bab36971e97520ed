import type { Message } from './message.js';
import { promiseOf } from './thenable.js';

/** How messages reach their handlers. */
export interface DispatcherOptions {
  /** One handler at a time, awaited. */
  synchronize: boolean;
  /** Handlers that may be pending at once, when not synchronized. */
  maxPendingHandlers: number;
  /** Bytes of messages whose handlers may be pending at once. */
  maxPendingBytes: number;
}

/** How much work there is: none too much; as much as handlers may have; as much as may queue behind that. */
export const Pressure = { Free: 0, Busy: 1, Stuffed: 2 } as const;
/** One of the values of {@link Pressure}. */
export type Pressure = (typeof Pressure)[keyof typeof Pressure];

/** Who owns a {@link Dispatcher}. */
export interface DispatcherOwner {
  /** Calls the handlers of a message; a promise keeps one place taken until it settles. */
  handle(message: Message): unknown;
  /** A handler threw or rejected. Must not throw. */
  onHandlerError(error: unknown): void;
  /** Reading should pause, or go on. */
  onPressure(pressure: Pressure): void;
}

/** Messages that may queue while a handler still waits for the rest of its own. */
const MAX_QUEUED = 1024;

/** Stands in until a message has to queue: on most connections none ever does. Nothing is put in. */
const NOT_QUEUEING: { message: Message; bytes: number }[] = [];

/** Hands messages to their handlers in the order they came, no more at a time than allowed. */
export class Dispatcher {
  readonly #owner: DispatcherOwner;
  readonly #maxPending: number;
  readonly #maxBytes: number;
  // What came while the limit was reached.
  #queue: { message: Message; bytes: number }[] = NOT_QUEUEING;
  #head = 0;
  #queuedBytes = 0;
  #pending = 0;
  #pendingBytes = 0;
  #pressure: Pressure = Pressure.Free;
  #onIdle: (() => void) | undefined;

  constructor(options: DispatcherOptions, owner: DispatcherOwner) {
    this.#owner = owner;
    this.#maxPending = options.synchronize ? 1 : options.maxPendingHandlers;
    this.#maxBytes = options.maxPendingBytes;
  }

  /** Whether reading should pause. */
  get pressure(): Pressure {
    return this.#pressure;
  }

  /** Hands the message on, or queues it. */
  push(message: Message): void {
    if (this.#pressure === Pressure.Free) {
      this.#run(message);
      return;
    }
    // Of a message that is still arriving there will be more, or less, by the time its turn has come.
    const bytes = message.size;
    if (this.#queue === NOT_QUEUEING) this.#queue = [];
    this.#queue.push({ message, bytes });
    this.#queuedBytes += bytes;
    if (this.#isOver(this.#queuedBytes, this.#queue.length - this.#head, MAX_QUEUED)) this.#press(Pressure.Stuffed);
  }

  /** Calls `action` once every message has been handed to its handlers. */
  whenIdle(action: () => void): void {
    if (this.#head === this.#queue.length) action();
    else this.#onIdle = action;
  }

  #run(message: Message): void {
    let promise: Promise<unknown> | undefined;
    try {
      promise = promiseOf(this.#owner.handle(message));
      if (promise === undefined) return;
    } catch (error) {
      this.#owner.onHandlerError(error);
      return;
    }
    // What is still arriving is bounded by what may be unread.
    const bytes = message.isComplete ? message.size : 0;
    this.#pending++;
    this.#pendingBytes += bytes;
    if (this.#pressure === Pressure.Free && this.#isBusy()) this.#press(Pressure.Busy);
    const onRejected = (error: unknown): void => {
      this.#owner.onHandlerError(error);
      this.#settled(bytes);
    };
    try {
      promise.then(() => this.#settled(bytes), onRejected);
    } catch (error) {
      onRejected(error);
    }
  }

  #settled(bytes: number): void {
    this.#pending--;
    this.#pendingBytes -= bytes;
    while (this.#pressure !== Pressure.Free && !this.#isBusy()) {
      const next = this.#queue[this.#head];
      if (next === undefined) {
        this.#queue = NOT_QUEUEING;
        this.#head = 0;
        this.#press(Pressure.Free);
        return;
      }
      this.#head++;
      this.#queuedBytes -= next.bytes;
      this.#run(next.message);
      if (this.#head === this.#queue.length) {
        this.#press(Pressure.Busy);
        this.#onIdle?.();
        this.#onIdle = undefined;
      }
    }
  }

  #isBusy(): boolean {
    return this.#isOver(this.#pendingBytes, this.#pending, this.#maxPending);
  }

  #isOver(bytes: number, count: number, maxCount: number): boolean {
    return count >= maxCount || bytes >= this.#maxBytes;
  }

  #press(pressure: Pressure): void {
    if (this.#pressure === pressure) return;
    this.#pressure = pressure;
    this.#owner.onPressure(pressure);
  }
}
