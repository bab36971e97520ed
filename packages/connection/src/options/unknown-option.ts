import { ConfigError } from '../protocol/contract/errors.js';
import { hidden, type KindsByName } from './option-kinds.js';

/**
 * The error for an option that does not exist. It says which was probably meant.
 *
 * @param path what stands before its name: '', or 'timeout.' for an option within `timeout`.
 * @param kinds those of the options that exist beside it.
 */
export function unknownOption(path: string, name: string, value: unknown, kinds: KindsByName): ConfigError {
  const meant = Object.keys(kinds).find((known) => known.toLowerCase() === name.toLowerCase());
  const hint = meant === undefined ? '' : `: ${path}${meant} is meant`;
  return new ConfigError(`${path}${name}: no such option${hint}, got ${hidden(value)}`);
}
