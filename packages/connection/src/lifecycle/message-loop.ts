import { makeIterable } from '../application/async-iterator.js';
import type { Message } from '../message.js';
import type { CloseInfo } from '../protocol/close-info.js';
import { ClosedError } from '../protocol/contract/errors.js';

/** Close codes of a peer that has sent what it had to send: 1000, 1001 for one that goes away, and none (RFC 6455 §7.4.1). */
const EXPECTED: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** The owner of a {@link MessageLoop}. */
export interface LoopOwner {
  /** The loop was left before the end of the connection, which is to be closed. */
  onLoopLeft(code: number, reason: string): void;
}

interface Ask {
  readonly promise: Promise<IteratorResult<Message, undefined>>;
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: Error) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A loop over the data messages of a connection. The handler of a message settles when the loop asks for the next one.
 *
 * Invariants:
 * - Every message is given to the loop once, in order, and none before the loop asks for it.
 * - The loop ends behind the last message. The error of the end, if there is one, is thrown once.
 */
export class MessageLoop implements AsyncIterableIterator<Message> {
  readonly #owner: LoopOwner;
  readonly #asks: Ask[] = [];
  // The message that came before the loop has asked for it.
  #held: Message | undefined;
  // Settles the handler of the message that came last.
  #settle: (() => void) | undefined;
  #isOver = false;
  #error: Error | undefined;

  constructor(owner: LoopOwner) {
    makeIterable(this);
    this.#owner = owner;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes a message, as a handler. Control frames are not for the loop. */
  onMessage(message: Message): Promise<void> | undefined {
    if (message.isControl || this.#isOver) return undefined;
    const ask = this.#asks.shift();
    if (ask === undefined) this.#held = message;
    else ask.resolve({ done: false, value: message });
    if (this.#asks.length > 0) return undefined;
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The next message. The one before is done with. Rejects with ClosedError when the connection ends in another way than it should. */
  next(): Promise<IteratorResult<Message, undefined>> {
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      return Promise.resolve({ done: false, value: held });
    }
    this.#settled();
    if (!this.#isOver) return this.#ask();
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  }

  /** Leaves the loop. */
  return(): Promise<IteratorResult<Message, undefined>> {
    this.leave(1000, '');
    return Promise.resolve(DONE);
  }

  /** Leaves the loop, and closes the connection with that code if it has not ended. */
  leave(code: number, reason: string): void {
    if (!this.#isOver) {
      this.end(undefined);
      this.#owner.onLoopLeft(code, reason);
    }
    this.#held = undefined;
    this.#error = undefined;
    this.#settled();
  }

  /** Ends the loop behind what it has got. @param error what to throw instead. */
  end(error: Error | undefined): void {
    this.#isOver = true;
    this.#error = error;
    for (const ask of this.#asks.splice(0)) {
      if (this.#error === undefined) {
        ask.resolve(DONE);
        continue;
      }
      ask.reject(this.#error);
      // It is no fault of the process when nobody looks at it: the peer has caused it.
      ask.promise.catch(() => {});
      this.#error = undefined;
    }
  }

  #settled(): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.();
  }

  #ask(): Promise<IteratorResult<Message, undefined>> {
    let resolve!: Ask['resolve'];
    let reject!: Ask['reject'];
    const promise = new Promise<IteratorResult<Message, undefined>>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    this.#asks.push({ promise, resolve, reject });
    return promise;
  }
}

/**
 * The error for whoever reads a connection to its end, unless it has ended as it should: with both Closes, after one of this side,
 * or one of the peer with 1000, 1001 or no code.
 *
 * @param hasClosedFirst true when this side has closed the connection.
 */
export function endError(info: CloseInfo, hasClosedFirst: boolean): ClosedError | undefined {
  return info.wasClean && (hasClosedFirst || EXPECTED.has(info.code)) ? undefined : errorOf(info);
}

/** The error for whoever is told of an end that should have been another. */
export function errorOf({ code, reason, error }: CloseInfo): ClosedError {
  const why = reason === '' ? '' : `: ${reason}`;
  return new ClosedError(`the connection has ended with ${code}${why}`, error === undefined ? {} : { cause: error });
}
