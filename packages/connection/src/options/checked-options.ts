import { described, undisclosed } from '../application/described.js';
import { ConfigError } from '../protocol/contract/errors.js';
import { isRecord, type KindsByName, type OptionKind, type OptionKinds, wrongOption } from './option-kinds.js';
import { type OptionsElsewhere, unknownOption } from './unknown-option.js';

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
 * @param elsewhere the options of an object that this one is easily taken for.
 * @throws ConfigError naming the first option that is unknown, or else the first that is wrong, as `timeout.pong` when it is
 *   one within another; naming the object when it is none.
 */
export function checkOptions<T extends object, Bare extends keyof T>(
  name: string,
  options: T,
  kinds: OptionKinds<T, Bare>,
  elsewhere?: OptionsElsewhere,
): CheckedOptions<T, Bare> {
  const all = kinds as unknown as KindsByName;
  return check(name, options, all, '', all, elsewhere) as CheckedOptions<T, Bare>;
}

/**
 * @param path what stands before the names of the options: '', or 'timeout.' for those within `timeout`.
 * @param all the kinds of the outermost object.
 */
function check(
  name: string,
  options: object,
  kinds: KindsByName,
  path: string,
  all: KindsByName,
  elsewhere?: OptionsElsewhere,
): object {
  for (const key of keysOf(name, options)) {
    if (Object.hasOwn(kinds, key)) continue;
    const value = read(path + key, options, key);
    if (value !== undefined) throw unknownOption(path, key, value, kinds, all, elsewhere);
  }
  const checked: Record<string, unknown> = {};
  for (const key of Object.keys(kinds)) {
    const value = checkOne(path + key, read(path + key, options, key), kinds[key] as OptionKind, all);
    if (value !== undefined) checked[key] = value;
  }
  return checked;
}

function checkOne(name: string, given: unknown, kind: OptionKind, all: KindsByName): unknown {
  const value = given === undefined ? kind.default : given;
  if (value === undefined) return undefined;
  if (given !== undefined && !isAccepted(name, given, kind)) {
    const got = kind.isSecret === true ? undisclosed(given) : described(given);
    throw new ConfigError(`${name}: ${kind.expected} expected, got ${got}${explained(given, kind)}`);
  }
  if (kind.fields !== undefined) return check(name, value as object, kind.fields, `${name}.`, all);
  if (kind.take === undefined) return value;
  try {
    return kind.take(value as never);
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

// The names of all options of the object, inherited ones included: methods of a class are not among them. A key that every
// object has, as some old libraries leave such, is not one of this object.
function keysOf(name: string, options: object): string[] {
  try {
    if (isRecord(options)) {
      const keys: string[] = [];
      for (const key in options) {
        if (!Object.hasOwn(Object.prototype, key) || Object.hasOwn(options, key)) keys.push(key);
      }
      return keys;
    }
  } catch (cause) {
    throw unreadable(name, cause);
  }
  throw wrongOption(name, 'an object', options);
}

function read(name: string, options: object, key: string): unknown {
  try {
    return options[key as never];
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function isAccepted(name: string, value: unknown, { accepts }: OptionKind): boolean {
  try {
    return accepts(value);
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function explained(value: unknown, { explain }: OptionKind): string {
  try {
    const matter = explain?.(value);
    return matter === undefined ? '' : `; ${matter}`;
  } catch {
    return '';
  }
}

// An accessor of the application may throw, and so may a Proxy.
function unreadable(name: string, cause: unknown): ConfigError {
  return new ConfigError(`${name}: a value that can be read expected, got an exception`, { cause });
}
