import { ConfigError } from '../protocol/contract/errors.js';

/** The values that an option accepts. */
export interface OptionKind {
  /** Describes the values in the error message: 'a string', for example. */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** The kind of each option of an object, by its name. */
export type OptionKinds<T> = { readonly [K in keyof Required<T>]: OptionKind };

/**
 * Checks that each option is of its kind. An option that is undefined counts as left out.
 *
 * @param name of the object in the error message.
 * @throws ConfigError naming the first that is wrong, or when `options` is no object.
 */
export function checkOptions<T extends object>(name: string, options: T, kinds: OptionKinds<T>): void {
  if (!isRecord(options)) throw wrongOption(name, 'an object', options);
  for (const [key, { expected, accepts }] of Object.entries<OptionKind>(kinds)) {
    const value = (options as Record<string, unknown>)[key];
    if (value !== undefined && !accepts(value)) throw wrongOption(key, expected, value);
  }
}

/** The error for an option with a wrong value. */
export function wrongOption(name: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(`${name}: ${expected} expected, got ${shown(value)}`);
}

/** Describes any value for an error message: a string cut to 80 characters, or of an object only its class. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  // An object is not converted to a string, as its methods may throw.
  return Object(value) === value ? Object.prototype.toString.call(value) : String(value);
}

/** True for an object that is neither an array nor a function. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a Uint8Array of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

function isSignal(value: unknown): boolean {
  return isRecord(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function';
}

/** Accepts every value: for integers, which are checked together with their range by `integerOption`. */
export const ANYTHING: OptionKind = { expected: 'anything', accepts: () => true };

export const BOOLEAN: OptionKind = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };

export const STRING: OptionKind = { expected: 'a string', accepts: (value) => typeof value === 'string' };

export const FUNCTION: OptionKind = { expected: 'a function', accepts: (value) => typeof value === 'function' };

export const RECORD: OptionKind = { expected: 'an object', accepts: isRecord };

export const SIGNAL: OptionKind = { expected: 'an AbortSignal', accepts: isSignal };

/** An array of strings, each of which `accepts` accepts. */
export function listOf(expected: string, accepts: (element: string) => boolean): OptionKind {
  return {
    expected,
    accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string' && accepts(each)),
  };
}

/** Any of several kinds. */
export function eitherOf(...kinds: readonly OptionKind[]): OptionKind {
  return {
    expected: kinds.map(({ expected }) => expected).join(' or '),
    accepts: (value) => kinds.some(({ accepts }) => accepts(value)),
  };
}
