import { ClosedError, type CloseInfo, HandshakeError } from '@webson/connection';
import { after, now, platform, type Timer, toError } from '@webson/connection/internal';
import { backOff } from './back-off.js';
import type { Line } from './line.js';
import { retryAfter } from './retry-after.js';

/**
 * A step of dialling a broken client again, or of `Pool.dial`. `attempt` counts from 1, and begins anew once the
 * connection was ready for `minUptime`. The first attempt of `Pool.dial` is number 0.
 */
export type RedialEvent =
  | {
      /** The client will be dialled in `delay` ms, or before, when the network of a page is back or the page is shown again. */
      readonly step: 'wait';
      readonly attempt: number;
      readonly delay: number;
      /** How the connection ended, or why it could not be dialled. */
      readonly cause: CloseInfo | Error;
    }
  | { readonly step: 'dial'; readonly attempt: number }
  | { readonly step: 'ready'; readonly attempt: number }
  | {
      /** The client leaves the pool. `attempt` is the number of the last attempt. */
      readonly step: 'giveUp';
      readonly attempt: number;
      readonly cause: CloseInfo | Error;
    };

/** How often and when to dial: see `PoolOptions`. */
export interface RedialOptions {
  readonly clientRetry: number;
  readonly retryInterval: number;
  readonly maxRetryInterval: number;
  readonly minUptime: number;
  readonly retryOn: (error: HandshakeError) => boolean;
}

/**
 * The shortest wait grows by `MIN_WAIT_STEP` ms with every attempt, from 0 to `MAX_MIN_WAIT` ms. Otherwise, with short
 * intervals and endless attempts, a server that refuses every client would keep its clients and itself busy.
 */
const MIN_WAIT_STEP = 10;
const MAX_MIN_WAIT = 100;

/**
 * Milliseconds between two waits that are cut short. A page that wakes is told so by several events at once, and may not have its
 * network yet: each would cost an attempt that fails within a moment.
 */
const HURRIED_APART = 1000;

/**
 * Dials one {@link Line} again and again until it is ready or the attempts are used up.
 *
 * - At most one attempt or one wait is under way.
 * - After 'giveUp', `stop` or `abort` nothing is dialled again.
 * - A wait is random ("full jitter"), and no shorter than what the server asked for by `Retry-After` (RFC 9110
 *   §10.2.3), but for the bound of `maxRetryInterval`.
 * - When the platform says that the peer may be reachable again, a wait that no server asked for ends at once, or a
 *   second after the last one that was cut short, and the waits that follow begin to grow anew.
 */
export class Redial {
  #line: Line;
  readonly #options: RedialOptions;
  readonly #onEvent: (event: RedialEvent) => void;
  #forget: () => void;
  #attempt = 0;
  // When the connection became ready; undefined while it is broken.
  #readySince: number | undefined;
  #timer: Timer | undefined;
  // True while it waits for no other reason than the time.
  #mayHurry = false;
  // When the wait ends by itself, and when one was cut short the last time.
  #due = 0;
  #hurriedAt = Number.NEGATIVE_INFINITY;
  // The attempt from which on the growing waits are counted.
  #base = 0;
  // Set from the first wait until the connection is ready: ends the listening to the platform.
  #forgetPlatform: (() => void) | undefined;
  #isDialling = false;
  #isStopped = false;

  /** @param onEvent must not throw. */
  constructor(line: Line, options: RedialOptions, onEvent: (event: RedialEvent) => void) {
    this.#line = line;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#forget = this.#listen();
  }

  /** The number of the last attempt, or of the one that is under way. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Makes the first attempt, which is number 0. */
  first(): void {
    this.#dial();
  }

  /** Dials another line from now on, and counts on: the connection is there. */
  switchTo(line: Line): void {
    this.#forget();
    this.#line = line;
    this.#forget = this.#listen();
  }

  /** Called when the connection has ended. Tries again unless the attempts are used up. */
  again(info: CloseInfo): void {
    const { minUptime } = this.#options;
    const end = this.#line.endedAt ?? now();
    if (this.#readySince !== undefined && end - this.#readySince >= minUptime) {
      this.#attempt = 0;
      this.#base = 0;
    }
    this.#readySince = undefined;
    this.#next(info);
  }

  /** Called when the connection is ready, also when it is ready again after an overdue pong. */
  ready(): void {
    if (this.#readySince !== undefined) return;
    // The application may have dialled the connection itself during a wait.
    this.#endWait();
    this.#isDialling = false;
    this.#readySince = now();
    this.#onEvent({ step: 'ready', attempt: this.#attempt });
  }

  /** Ends the attempts. One that is under way continues. */
  stop(): void {
    this.#isStopped = true;
    this.#endWait();
    this.#forget();
  }

  /** Ends the attempts, and the one that is under way. */
  abort(): void {
    this.stop();
    if (this.#isDialling) this.#line.abandon();
  }

  #listen(): () => void {
    return this.#line.whenDismissed(() => {
      this.#giveUp(new ClosedError('close() was called before the connection was there'));
    });
  }

  #next(cause: CloseInfo | Error): void {
    const { clientRetry, retryInterval, maxRetryInterval } = this.#options;
    if (this.#attempt >= clientRetry) {
      this.#giveUp(cause);
      return;
    }
    const attempt = ++this.#attempt;
    const jitter = backOff(attempt - this.#base, retryInterval, maxRetryInterval);
    // The jitter is added to the time that the server asked for, because it may have told all its clients the same
    // time.
    const serverAsks = retryAfter(cause);
    const asked = Math.min(serverAsks + jitter, maxRetryInterval);
    const delay = Math.max(jitter, asked, Math.min(MIN_WAIT_STEP * (attempt - 1), MAX_MIN_WAIT));
    this.#due = now() + delay;
    this.#timer = after(delay, () => this.#dial());
    this.#mayHurry = serverAsks === 0;
    this.#forgetPlatform ??= platform.whenReachable?.(() => this.#hurry());
    this.#onEvent({ step: 'wait', attempt, delay, cause });
  }

  #hurry(): void {
    this.#base = this.#attempt;
    if (!this.#mayHurry) return;
    this.#timer?.cancel();
    const next = Math.min(this.#hurriedAt + HURRIED_APART, this.#due) - now();
    if (next > 0) this.#timer = after(next, () => this.#dialHurried());
    else this.#dialHurried();
  }

  #dialHurried(): void {
    this.#hurriedAt = now();
    this.#dial();
  }

  #endWait(): void {
    this.#timer?.cancel();
    this.#mayHurry = false;
    this.#forgetPlatform?.();
    this.#forgetPlatform = undefined;
  }

  #dial(): void {
    this.#mayHurry = false;
    this.#isDialling = true;
    this.#onEvent({ step: 'dial', attempt: this.#attempt });
    if (this.#isStopped) return;
    // Only a failure is handled here: success is reported by the status of the connection.
    this.#line.dial(this.#attempt).catch((reason: unknown) => {
      const error = toError(reason);
      this.#isDialling = false;
      if (this.#isStopped) return;
      if (this.#isWorthwhile(error)) this.#next(error);
      else this.#giveUp(error);
    });
  }

  // Only a failed handshake may succeed the next time. Any other error means a wrong option or an aborted signal.
  #isWorthwhile(error: Error): boolean {
    if (!(error instanceof HandshakeError)) return false;
    try {
      return this.#options.retryOn(error) === true;
    } catch (thrown) {
      this.#line.hear(thrown);
      return false;
    }
  }

  #giveUp(cause: CloseInfo | Error): void {
    this.stop();
    this.#onEvent({ step: 'giveUp', attempt: this.#attempt, cause });
  }
}
