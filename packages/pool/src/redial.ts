import { ClosedError, type CloseInfo, type Connection, HandshakeError } from '@webson/connection';
import { after, now, pooled, type Timer, toError } from '@webson/connection/internal';
import { backOff } from './back-off.js';
import { retryAfter } from './retry-after.js';

/** A step on a broken client's way back. `attempt` counts from 1, and anew once the connection was ready for `minUptime`. */
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
  readonly minUptime: number;
  readonly retryOn: (error: Error) => boolean;
}

/**
 * Milliseconds that the wait is longer at least with every attempt, and at most: with short intervals, and without an end to
 * the attempts, a server that turns everybody away must not keep its clients, and itself, busy.
 */
const LEAST_STEP = 10;
const LEAST_MAX = 100;

/** Dials one connection again and again until it is ready, or there was enough of it. */
export class Redial {
  readonly #connection: Connection;
  readonly #options: RedialOptions;
  readonly #onEvent: (event: RedialEvent) => void;
  readonly #forget: () => void;
  #attempt = 0;
  // Set while the connection that was dialled lives.
  #readySince: number | undefined;
  #timer: Timer | undefined;
  #isDialling = false;
  #isStopped = false;

  /** @param onEvent must not throw. */
  constructor(connection: Connection, options: RedialOptions, onEvent: (event: RedialEvent) => void) {
    this.#connection = connection;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#forget = pooled(connection).whenDismissed(() => {
      this.#giveUp(new ClosedError('close() was called before the connection was there again'));
    });
  }

  /** The connection has ended: try again if there may be another attempt. */
  again(info: CloseInfo): void {
    const { minUptime } = this.#options;
    const end = pooled(this.#connection).ending?.time ?? now();
    if (this.#readySince !== undefined && end - this.#readySince >= minUptime) this.#attempt = 0;
    this.#readySince = undefined;
    this.#next(info);
  }

  /** The connection is ready, or ready once more after a pong was overdue. */
  ready(): void {
    if (this.#readySince !== undefined) return;
    // Somebody else may have dialled it.
    this.#timer?.cancel();
    this.#isDialling = false;
    this.#readySince = now();
    this.#onEvent({ step: 'ready', attempt: this.#attempt });
  }

  /** Dials no more; an attempt that is under way is let go on. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#forget();
  }

  /** Dials no more, not even now. */
  abort(): void {
    this.stop();
    if (this.#isDialling) this.#connection.close();
  }

  #next(cause: CloseInfo | Error): void {
    const { clientRetry, retryInterval, maxRetryInterval } = this.#options;
    if (this.#attempt >= clientRetry) {
      this.#giveUp(cause);
      return;
    }
    const attempt = ++this.#attempt;
    const jitter = backOff(attempt, retryInterval, maxRetryInterval);
    // Who was told the same time does not come back together, either.
    const asked = Math.min(retryAfter(cause) + jitter, maxRetryInterval);
    const delay = Math.max(jitter, asked, Math.min(LEAST_STEP * (attempt - 1), LEAST_MAX));
    this.#timer = after(delay, () => this.#dial());
    this.#onEvent({ step: 'wait', attempt, delay, cause });
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
      if (this.#isWorthwhile(error)) this.#next(error);
      else this.#giveUp(error);
    });
  }

  // Anything but a handshake that failed will not be better the next time: an option is wrong, or a signal has aborted.
  #isWorthwhile(error: Error): boolean {
    if (!(error instanceof HandshakeError)) return false;
    try {
      return this.#options.retryOn(error) === true;
    } catch {
      return false;
    }
  }

  #giveUp(cause: CloseInfo | Error): void {
    this.stop();
    this.#onEvent({ step: 'giveUp', attempt: this.#attempt, cause });
  }
}
