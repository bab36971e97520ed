/**
 * A promise with the outcome of a promise or thenable; undefined for any other value. It settles once, even if the thenable calls
 * back several times. Throws what reading the property `then` throws.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  return isThenable(value) ? Promise.resolve(value) : undefined;
}

/** True for a promise or another object with a method `then`. Functions are not looked at. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
