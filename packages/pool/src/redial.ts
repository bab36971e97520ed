import { after, type CloseInfo, type Connection, HandshakeError, type Timer, toError } from '@webson/connection';
import { backOff } from './back-off.js';

/** A step on a broken client's way back. `attempt` counts from 1, and anew once the connection was ready. */
export type RedialEvent =
  | {
      /** It will be dialled in `delay` ms. */
      readonly step: 'wait';
      readonly attempt: number;
      readonly delay: number;
      /** How it ended, or why it could not be dialled. */
      readonly cause: CloseInfo | Error;
    }
  | { readonly step: 'dial'; readonly attempt: number }
  | { readonly step: 'ready'; readonly attempt: number }
  | {
      /** It leaves the pool. `attempt` is the one that was the last. */
      readonly step: 'giveUp';
      readonly attempt: number;
      readonly cause: CloseInfo | Error;
    };

/** How often and when to dial. */
export interface RedialOptions {
  readonly clientRetry: number;
  readonly retryInterval: number;
  readonly maxRetryInterval: number;
}

/** Dials one connection again and again until it is ready, or there was enough of it. */
export class Redial {
  readonly #connection: Connection;
  readonly #options: RedialOptions;
  readonly #onEvent: (event: RedialEvent) => void;
  #attempt = 0;
  #timer: Timer | undefined;
  #isDialling = false;
  #isStopped = false;

  /** @param onEvent must not throw. */
  constructor(connection: Connection, options: RedialOptions, onEvent: (event: RedialEvent) => void) {
    this.#connection = connection;
    this.#options = options;
    this.#onEvent = onEvent;
  }

  /** The connection has ended, or could not be dialled: try again if there may be another attempt. */
  again(cause: CloseInfo | Error): void {
    const { clientRetry, retryInterval, maxRetryInterval } = this.#options;
    if (this.#attempt >= clientRetry) {
      this.#giveUp(cause);
      return;
    }
    const attempt = ++this.#attempt;
    const delay = backOff(attempt, retryInterval, maxRetryInterval);
    this.#timer = after(delay, () => this.#dial());
    this.#onEvent({ step: 'wait', attempt, delay, cause });
  }

  /** The connection is ready: the next time begins with the first attempt. */
  ready(): void {
    this.#isDialling = false;
    const attempt = this.#attempt;
    this.#attempt = 0;
    this.#onEvent({ step: 'ready', attempt });
  }

  /** Dials no more; an attempt that is under way is let go on. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Dials no more, not even now. */
  abort(): void {
    this.stop();
    if (this.#isDialling) this.#connection.close();
  }

  #dial(): void {
    this.#isDialling = true;
    this.#onEvent({ step: 'dial', attempt: this.#attempt });
    if (this.#isStopped) return;
    // What it resolves to is told by the status.
    this.#connection.restart().catch((reason: unknown) => {
      const error = toError(reason);
      this.#isDialling = false;
      if (this.#isStopped) return;
      // Anything else will not be better the next time: an option is wrong, or a signal has aborted.
      if (error instanceof HandshakeError) this.again(error);
      else this.#giveUp(error);
    });
  }

  #giveUp(cause: CloseInfo | Error): void {
    this.stop();
    this.#onEvent({ step: 'giveUp', attempt: this.#attempt, cause });
  }
}
