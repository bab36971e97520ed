import { HeaderError, quote } from './errors.js';

/** A name for each option of an object: all of them, as the compiler sees to. */
export type OptionNames<T> = { readonly [K in keyof Required<T>]: true };

/**
 * Checks that every option of an object is one that exists. One that is undefined counts as left out.
 * @throws {HeaderError} `INVALID_OPTIONS` when one is not, or when `options` is no object.
 */
export function checkNames<T extends object>(options: T, names: OptionNames<T>): void {
  if (typeof options !== 'object' || options === null) {
    throw new HeaderError(
      'INVALID_OPTIONS',
      `the options are ${options === null ? 'null' : typeof options}, not an object`,
    );
  }
  for (const name in options) {
    if (options[name] === undefined || Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).join(', ');
    throw new HeaderError('INVALID_OPTIONS', `there is no option ${quote(name)}; there are ${known}`);
  }
}
