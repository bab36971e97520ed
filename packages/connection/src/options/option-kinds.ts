import { described, isBytes } from '../application/described.js';
import { ConfigError } from '../protocol/contract/errors.js';

/** The longest delay of the run-time's timers, in milliseconds: 24 days. */
export const LARGEST_DELAY: number = 2 ** 31 - 1;

/** The values that an option accepts, and what it is when it is left out: all that the code knows of an option. */
export interface OptionKind {
  /** Describes the values in the error message: 'a string', for example. */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** Says what is the matter with a value that is not accepted, when it is easily overlooked. */
  readonly explain?: (value: unknown) => string | undefined;
  /** What stands for the value from then on: a copy, for example, that its owner cannot change any more. */
  readonly take?: (value: never) => unknown;
  /** The value of an option that is left out. */
  readonly default?: unknown;
  /** The kinds of the options within it, when its value is an object of options. */
  readonly fields?: KindsByName;
  /** True when the value must not be quoted, as error messages end up in logs. */
  readonly isSecret?: true;
}

/** A kind with a value for the option that is left out. */
export interface DefaultedKind extends OptionKind {
  readonly default: unknown;
}

/** The kind of integers in a range. */
export interface IntegerKind extends DefaultedKind {
  readonly min: number;
  readonly max: number;
  /** Set for milliseconds. */
  readonly unit?: 'ms';
}

/** Kinds by the names of their options. */
export type KindsByName = Readonly<Record<string, OptionKind>>;

/** The kind of each option of an object, by its name: with a default, unless it is among `Bare`. */
export type OptionKinds<T, Bare extends keyof T = never> = {
  readonly [K in keyof Required<T>]: K extends Bare ? OptionKind : DefaultedKind;
};

/** The error for an option, or an argument, with a wrong value. @param hint what to do instead, or what is the matter. */
export function wrongOption(name: string, expected: string, value: unknown, hint?: string): ConfigError {
  return new ConfigError(
    `${name}: ${expected} expected, got ${described(value)}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/** True for an object that is neither an array nor a function. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSignal(value: unknown): boolean {
  return isRecord(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function';
}

export const BOOLEAN: OptionKind = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };

/** A boolean that is false when it is left out. */
export const FLAG: DefaultedKind = { ...BOOLEAN, default: false };

export const FALSE: OptionKind = { expected: 'false', accepts: (value) => value === false };

export const INFINITE: OptionKind = { expected: 'Infinity', accepts: (value) => value === Number.POSITIVE_INFINITY };

export const STRING: OptionKind = { expected: 'a string', accepts: (value) => typeof value === 'string' };

export const TEXT: OptionKind = { expected: 'a string, not an empty one', accepts: isText };

export const BYTES: OptionKind = {
  expected: 'a Uint8Array, not an empty one',
  accepts: (value) => isBytes(value) && value.length > 0,
};

export const FUNCTION: OptionKind = { expected: 'a function', accepts: (value) => typeof value === 'function' };

export const RECORD: OptionKind = { expected: 'an object', accepts: isRecord };

export const SIGNAL: OptionKind = { expected: 'an AbortSignal', accepts: isSignal };

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** An integer from `min`, 0 if not given, to `max`, 2^53 - 1 if not given; `fallback` is its default. */
export function integer(fallback: number, min = 0, max: number = Number.MAX_SAFE_INTEGER): IntegerKind {
  return {
    expected: `an integer from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    min,
    max,
    default: fallback,
  };
}

/** Milliseconds, as many as a timer can wait, from `min`, 1 if not given; `fallback` is the default. */
export function delay(fallback: number, min = 1): IntegerKind {
  return { ...integer(fallback, min, LARGEST_DELAY), unit: 'ms' };
}

/** One of some strings, of which the first is the default. */
export function oneOf(...values: readonly string[]): DefaultedKind {
  return {
    expected: values.map((value) => `'${value}'`).join(' or '),
    accepts: (value) => values.includes(value as string),
    default: values[0],
  };
}

/** An array of strings, each of which `accepts` accepts. It is copied. */
export function listOf(expected: string, accepts: (element: string) => boolean): OptionKind {
  return {
    expected,
    accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string' && accepts(each)),
    take: (value: readonly string[]) => [...value],
  };
}

/** Any of several kinds. Its default, and whatever else there is, is that of the first. */
export function eitherOf<K extends OptionKind>(first: K, ...others: readonly OptionKind[]): K {
  const kinds = [first, ...others];
  return {
    ...first,
    expected: kinds.map(({ expected }) => expected).join(' or '),
    accepts: (value: unknown) => kinds.some(({ accepts }) => accepts(value)),
    take: (value: never) => kinds.find(({ accepts }) => accepts(value))?.take?.(value) ?? value,
  };
}

/** An object with options of its own, which are checked as those around it are. */
export function fieldsOf(fields: KindsByName): DefaultedKind {
  return { ...RECORD, fields, default: {} };
}
