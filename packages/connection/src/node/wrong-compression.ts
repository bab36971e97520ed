import type { CompressOptionError } from '@webson/compress';
import { described } from '../application/described.js';
import { unknownOption } from '../options/unknown-option.js';
import { ConfigError } from '../protocol/contract/errors.js';

/**
 * The error for wrong options of compression, which are checked by the code that is loaded for it.
 *
 * @param cause what the check has thrown.
 * @param names the options that exist, by their names.
 */
export function wrongCompression(cause: unknown, names: Readonly<Record<string, object>>): ConfigError {
  const { name, code, option, allowed, value } = partsOf(cause);
  if (name !== 'CompressOptionError' || option === undefined) {
    return new ConfigError('enableCompress: a value that can be read expected, got an exception', { cause });
  }
  if (code !== 'UNKNOWN_OPTION') {
    return new ConfigError(`enableCompress.${option}: ${allowed} expected, got ${described(value)}`, { cause });
  }
  const [outer = '', inner] = option.split('.');
  if (inner === undefined) return unknownOption('enableCompress.', outer, value, names);
  return unknownOption(`enableCompress.${outer}.`, inner, value, { client: {}, server: {} });
}

// What an accessor of the options has thrown may be anything.
function partsOf(cause: unknown): Partial<CompressOptionError> {
  try {
    return { ...(cause as CompressOptionError) };
  } catch {
    return {};
  }
}
