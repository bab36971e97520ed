/**
 * What was thrown, as an Error; those of another realm are Errors, too. Never throws itself, whatever that is: of an
 * object no text is made.
 */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const name = Object(thrown) === thrown ? 'an object that is no Error' : String(thrown);
  return new Error(`${name} was thrown`, { cause: thrown });
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(thrown));
  } catch {
    // A Proxy that does not let itself be looked at.
    return false;
  }
}
