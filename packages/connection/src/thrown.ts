/** What was thrown, as an Error. Of an object no text is made: that may throw in its turn. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const name = Object(thrown) === thrown ? 'an object that is no Error' : String(thrown);
  return new Error(`${name} was thrown`, { cause: thrown });
}
