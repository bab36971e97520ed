import { shortened, undisclosed } from '../application/described.js';
import { ConfigError } from '../protocol/contract/errors.js';

/** What is known of options, by their names: those within one are its `fields`. */
export type Names = Readonly<Record<string, object>>;

/** The options of another object, which may have been meant. */
export interface OptionsElsewhere {
  readonly kinds: Names;
  /** Where they belong: 'it is an option of dial', for example. */
  readonly hint: string;
}

/**
 * Says what may have been meant by an option that does not exist.
 *
 * @param path what stands before its name: '', or 'timeout.' for an option within `timeout`.
 * @param kinds those of the options that exist beside it.
 * @param all those of the whole object, `kinds` among them.
 * @param elsewhere those of an object that this one is easily taken for.
 */
export type Hints = (path: string, name: string, kinds: Names, all: Names, elsewhere?: OptionsElsewhere) => string;

// In a page, until more is loaded: what is made at once there has few options.
let hintFor: Hints = (path, name, kinds, _all, elsewhere) => {
  if (elsewhere !== undefined && Object.hasOwn(elsewhere.kinds, name)) return elsewhere.hint;
  return `there are ${Object.keys(kinds)
    .map((known) => path + known)
    .join(', ')}`;
};

/** Gives these hints from now on: see hints.ts. */
export function useHints(hints: Hints): void {
  hintFor = hints;
}

/** The error for an option that does not exist, with a hint. Its parameters are those of {@link Hints}. */
export function unknownOption(
  path: string,
  name: string,
  value: unknown,
  kinds: Names,
  all: Names = kinds,
  elsewhere?: OptionsElsewhere,
): ConfigError {
  // Text is not quoted, as it may be a password.
  return new ConfigError(
    `${path}${shortened(name)}: no such option, got ${undisclosed(value)}; ${hintFor(path, name, kinds, all, elsewhere)}`,
  );
}
