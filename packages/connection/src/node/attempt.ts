import { abortReason } from '../application/abort.js';
import { after, afterInput, type Timer } from '../time/clock.js';
import { events } from './built-ins.js';

/** How an {@link Attempt} can end before its time. */
export interface AttemptOptions {
  /** Milliseconds for all of it. */
  timeout: number;
  /** What it fails with after these. */
  onTimeout: () => Error;
  /** Ends it early, with the reason of the signal unless `onAbort` says otherwise. */
  signal?: AbortSignal | undefined;
  onAbort?: (reason: unknown) => unknown;
}

/** Something with several steps, one deadline over all of them, and one way out: the first failure ends every wait. */
export class Attempt {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  readonly #timer: Timer;
  readonly #failed: Promise<never>;
  #reject!: (reason: unknown) => void;
  #isOver = false;

  /** The clock starts here. `stop` must follow, whatever comes. */
  constructor(options: AttemptOptions) {
    const { signal, onAbort = (reason) => reason } = options;
    this.#signal = signal;
    this.#failed = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    // Nobody may be waiting when it fails.
    this.#failed.catch(() => {});
    // What came in time may lie unread: this process may have been busy.
    this.#timer = after(options.timeout, () => afterInput(() => this.fail(options.onTimeout())));
    this.#onAbort = () => this.fail(onAbort(signal && abortReason(signal)));
    if (signal === undefined) return;
    allowManyListeners(signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** True once it has failed or was stopped. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends it with a failure; the first one counts. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reject(reason);
  }

  /** Settles as `step` does, or rejects as soon as the attempt fails. */
  wait<T>(step: T | PromiseLike<T>): Promise<T> {
    return Promise.race([this.#failed, step]);
  }

  /** Ends it: nothing can fail any more. */
  stop(): void {
    this.#isOver = true;
    this.#timer.cancel();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Many may listen to one signal: that is no leak, and Node would warn of one. */
export function allowManyListeners(signal: AbortSignal): void {
  try {
    events.setMaxListeners(0, signal);
  } catch {
    // Not one of Node's own: it does not warn either.
  }
}
