/**
 * A promise of what comes of a promise, or of what acts like one; undefined for anything else. It settles once, however often
 * that calls back. Throws what reading `then` throws.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  return isThenable(value) ? Promise.resolve(value) : undefined;
}

/** True for a promise, or what acts like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
