import { abortReason, whenAborted } from '../application/abort.js';
import { after, afterInput, type Timer } from './clock.js';

/** The ways in which an {@link Attempt} can fail from outside. */
export interface AttemptOptions {
  /** Milliseconds for all steps together. */
  timeout: number;
  /** Creates the error with which the attempt fails after `timeout`. */
  onTimeout: () => Error;
  /** Makes the attempt fail when it aborts. */
  signal?: AbortSignal | undefined;
  /** Makes it fail with its reason, too: the signal of whoever does not want the result any more. */
  abandoned?: AbortSignal | undefined;
  /** Turns the reason of the signal into the error; by default the attempt fails with the reason itself. */
  onAbort?: (reason: unknown) => unknown;
}

/** An operation of several steps under one deadline. The first failure ends every wait, and later ones are ignored. */
export class Attempt {
  readonly #forgetSignals: readonly (() => void)[];
  readonly #timer: Timer;
  readonly #failed: Promise<never>;
  #reject!: (reason: unknown) => void;
  #isOver = false;

  /** Starts the timer. The caller must call `stop` in every case. */
  constructor(options: AttemptOptions) {
    const { signal, abandoned, onAbort = (reason) => reason } = options;
    this.#failed = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    // The attempt may fail while nobody waits: that is no unhandled rejection.
    this.#failed.catch(() => {});
    // An answer that came in time may still be unread, if this process was busy: input is read before the attempt fails.
    this.#timer = after(options.timeout, () => afterInput(() => this.fail(options.onTimeout())));
    const onAbortSignal = (): void => this.fail(onAbort(signal && abortReason(signal)));
    this.#forgetSignals = [
      whenAborted(signal, onAbortSignal),
      whenAborted(abandoned, () => this.fail(abandoned && abortReason(abandoned))),
    ];
    if (signal?.aborted === true) onAbortSignal();
  }

  /** True once the attempt has failed or was stopped. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Makes the attempt fail, unless it is over. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(reason);
  }

  /** Settles as `step` does, or rejects as soon as the attempt fails. */
  wait<T>(step: T | PromiseLike<T>): Promise<T> {
    return Promise.race([this.#failed, step]);
  }

  /** Ends the attempt: it cannot fail any more. */
  stop(): void {
    this.#isOver = true;
    this.#timer.cancel();
    for (const forget of this.#forgetSignals) forget();
  }
}
