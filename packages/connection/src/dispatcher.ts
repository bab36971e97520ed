import type { Message } from './message.js';

/** How messages reach their handlers. */
export interface DispatcherOptions {
  /** One handler at a time, awaited. */
  synchronize: boolean;
  /** Handlers that may be pending at once; 1 when synchronized. */
  maxPendingHandlers: number;
}

/** Who owns a {@link Dispatcher}. */
export interface DispatcherOwner {
  /** Calls the handlers of a message; a promise keeps one place taken until it settles. */
  handle(message: Message): unknown;
  /** A handler threw or rejected. */
  onHandlerError(error: unknown): void;
  /** Reading should pause, or go on. */
  onPressure(isFull: boolean): void;
}

/** Hands messages to their handlers in the order they came, no more at a time than allowed. */
export class Dispatcher {
  readonly #owner: DispatcherOwner;
  readonly #limit: number;
  // What came while the limit was reached: at most what was parsed from one chunk.
  #queue: Message[] = [];
  #head = 0;
  #pending = 0;
  #isFull = false;
  #onIdle: (() => void) | undefined;

  constructor(options: DispatcherOptions, owner: DispatcherOwner) {
    this.#owner = owner;
    this.#limit = options.synchronize ? 1 : options.maxPendingHandlers;
  }

  /** True while reading should pause. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Hands the message on, or queues it. */
  push(message: Message): void {
    if (this.#isFull) this.#queue.push(message);
    else this.#run(message);
  }

  /** Calls `action` once every message has been handed to its handlers. */
  whenIdle(action: () => void): void {
    if (this.#head === this.#queue.length) action();
    else this.#onIdle = action;
  }

  #run(message: Message): void {
    let result: unknown;
    try {
      result = this.#owner.handle(message);
      if (!isThenable(result)) return;
    } catch (error) {
      this.#owner.onHandlerError(error);
      return;
    }
    if (++this.#pending === this.#limit) {
      this.#isFull = true;
      this.#owner.onPressure(true);
    }
    const onRejected = (error: unknown): void => {
      this.#owner.onHandlerError(error);
      this.#settled();
    };
    try {
      result.then(() => this.#settled(), onRejected);
    } catch (error) {
      onRejected(error);
    }
  }

  #settled(): void {
    this.#pending--;
    if (!this.#isFull) return;
    while (this.#pending < this.#limit) {
      const message = this.#queue[this.#head];
      if (message === undefined) {
        this.#queue = [];
        this.#head = 0;
        this.#isFull = false;
        this.#owner.onPressure(false);
        return;
      }
      this.#head++;
      this.#run(message);
      if (this.#head === this.#queue.length) {
        this.#onIdle?.();
        this.#onIdle = undefined;
      }
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
