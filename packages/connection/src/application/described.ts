import { isThenable } from './thenable.js';

/** The most characters of a string that an error message quotes. */
const MOST_QUOTED = 60;

/** Describes a value for an error message: strings and numbers as they are, an object by its class. Never throws. */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return describedObject(value);
  return value === undefined || value === null ? String(value) : `the ${typeof value} ${shortened(String(value))}`;
}

function describedObject(value: object): string {
  try {
    if (isThenable(value)) return 'a promise, which has to be awaited first';
    const name: unknown = value.constructor?.name;
    if (typeof name === 'string' && name !== '') return `an object of class ${shortened(name)}`;
  } catch {
    // A Proxy may throw at every access.
  }
  return 'an object';
}

function shortened(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
}
