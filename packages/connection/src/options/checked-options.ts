import { ConfigError } from '../protocol/contract/errors.js';
import {
  hidden,
  isRecord,
  type KindsByName,
  type OptionKind,
  type OptionKinds,
  shown,
  wrongOption,
} from './option-kinds.js';
import { unknownOption } from './unknown-option.js';

/** Options of type `T` that were checked: all are there, but those of the names `Bare`, which have no default. */
export type CheckedOptions<T, Bare extends keyof T = never> = {
  readonly [K in Exclude<keyof T, Bare>]-?: Exclude<T[K], undefined>;
} & {
  readonly [K in Bare]?: Exclude<T[K], undefined>;
};

/**
 * Checks an object of options key by key, and returns a copy with the defaults filled in: what was checked is what is used,
 * whatever becomes of the object.
 *
 * - An option that is undefined counts as left out, whether there is one of that name or not: spreading settings into each
 *   other leaves such. A key that is a symbol is not looked at.
 * - Options may be inherited, or accessors of a class.
 *
 * @param name of the object in the error message.
 * @throws ConfigError naming the first option that is unknown, or else the first that is wrong, as `timeout.pong` when it is
 *   one within another; naming the object when it is none.
 */
export function checkOptions<T extends object, Bare extends keyof T>(
  name: string,
  options: T,
  kinds: OptionKinds<T, Bare>,
): CheckedOptions<T, Bare> {
  return check(name, options, kinds as unknown as KindsByName, '') as CheckedOptions<T, Bare>;
}

/** @param path what stands before the names of the options: '', or 'timeout.' for those within `timeout`. */
function check(name: string, options: object, kinds: KindsByName, path: string): object {
  if (!attempt(name, () => isRecord(options))) throw wrongOption(name, 'an object', options);
  for (const key of keysOf(name, options)) {
    if (Object.hasOwn(kinds, key)) continue;
    const value = attempt(path + key, () => options[key as never]);
    if (value !== undefined) throw unknownOption(path, key, value, kinds);
  }
  const checked: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(kinds)) {
    const value = checkOne(path + key, options, key, kind);
    if (value !== undefined) checked[key] = value;
  }
  return checked;
}

function checkOne(name: string, options: object, key: string, kind: OptionKind): unknown {
  const { accepts, expected, fields, isSecret } = kind;
  const given = attempt(name, () => options[key as never] as unknown);
  if (given !== undefined && !attempt(name, () => accepts(given))) {
    throw new ConfigError(`${name}: ${expected} expected, got ${(isSecret === true ? hidden : shown)(given)}`);
  }
  const value = given === undefined ? kind.default : given;
  if (value === undefined) return undefined;
  if (fields !== undefined) return check(name, value as object, fields, `${name}.`);
  return attempt(name, () => (kind.take === undefined ? value : kind.take(value as never)));
}

// The names of all options of the object, inherited ones included: methods of a class are not among them. A key that every
// object has, as some old libraries leave such, is not one of this object.
function keysOf(name: string, options: object): string[] {
  return attempt(name, () => {
    const keys: string[] = [];
    for (const key in options) if (!Object.hasOwn(Object.prototype, key) || Object.hasOwn(options, key)) keys.push(key);
    return keys;
  });
}

// Reading an object of the application may throw: an accessor, or a Proxy.
function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ConfigError(`${name}: a value that can be read expected, got an exception`, { cause });
  }
}
