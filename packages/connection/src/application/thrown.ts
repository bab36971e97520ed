/**
 * What was thrown, as an Error; those of another realm are Errors, too. Never throws itself, whatever that is: of an
 * object no text is made.
 */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const name = Object(thrown) === thrown ? 'an object that is no Error' : String(thrown);
  return new Error(`${name} was thrown`, { cause: thrown });
}

/** Whether something thrown is an error of that class. Never throws, as `instanceof` does for a Proxy that does not let it. */
export function isA<T>(thrown: unknown, kind: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof kind;
  } catch {
    return false;
  }
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(thrown));
  } catch {
    // A Proxy that does not let itself be looked at.
    return false;
  }
}
