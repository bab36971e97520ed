// The errors that were made of what was thrown: their stacks say nothing of who has thrown it.
const made = new WeakSet<Error>();

/**
 * The thrown value if it is an Error, also one of another realm; otherwise an Error that has it as its cause. Never throws: an
 * object is not converted to a string, as its methods may throw.
 */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const name = Object(thrown) === thrown ? 'an object that is no Error' : String(thrown);
  const error = new Error(`${name} was thrown`, { cause: thrown });
  made.add(error);
  return error;
}

/** What was thrown, for an error that {@link toError} has made of it; undefined for any other error. */
export function thrownBy(error: Error): { readonly value: unknown } | undefined {
  return made.has(error) ? { value: error.cause } : undefined;
}

/** Whether a thrown value is an error of that class. Never throws, unlike `instanceof` with some Proxies. */
export function isA<T>(thrown: unknown, kind: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

/** True for an error of any realm. Never throws. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(thrown));
  } catch {
    // A Proxy may throw at every access.
    return false;
  }
}
