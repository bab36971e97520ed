interface Waiter {
  /** The number of queued bytes at which the wait is over. */
  readonly limit: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * The callers of `drained` that wait until fewer bytes are queued.
 *
 * Invariants:
 * - Each promise settles once: it resolves in a call of `wake`, or rejects in a call of `reject`.
 * - A waiter with a low limit does not keep those with higher limits waiting.
 */
export class Waiters {
  #waiters: Waiter[] = [];

  /** True when nobody waits. */
  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Returns a promise that resolves when `wake` is called with at most `limit` bytes. */
  add(limit: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ limit, resolve, reject });
    });
  }

  /**
   * Resolves the promises of all whose limit is not exceeded.
   *
   * @param held bytes that are queued now.
   * @returns how many waiters were resolved.
   */
  wake(held: number): number {
    const waiters = this.#waiters;
    const waiting = waiters.filter(({ limit }) => held > limit);
    const woken = waiters.length - waiting.length;
    if (woken === 0) return 0;
    this.#waiters = waiting;
    for (const { limit, resolve } of waiters) {
      if (held <= limit) resolve();
    }
    return woken;
  }

  /** Rejects all promises, each with an error of its own. */
  reject(createError: () => Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(createError());
  }
}
