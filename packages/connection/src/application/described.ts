import { isThenable } from './thenable.js';

/** The most characters of a string that an error message quotes, and the most elements of a list. */
const MOST_QUOTED = 80;
const MOST_ELEMENTS = 5;

/** A Proxy may throw at every access. */
const UNREADABLE = 'an object that cannot be read';

/**
 * Describes any value for an error message: a string cut to 80 characters, a list by its first elements, bytes by their number,
 * any other object by its class. Never throws.
 */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (typeof value === 'bigint') return `${shortened(String(value))}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return shortened(String(value));
  try {
    if (!Array.isArray(value)) return describedObject(value);
    const elements = value.slice(0, MOST_ELEMENTS).map(describedElement);
    return `[${elements.join(', ')}${value.length > MOST_ELEMENTS ? ', …' : ''}]`;
  } catch {
    return UNREADABLE;
  }
}

/** Describes any value as {@link described} does, but of strings, and of what lists hold, only how much there is of it. */
export function undisclosed(value: unknown): string {
  if (typeof value === 'string' && value !== '') return `a string of ${value.length}`;
  try {
    return describedElement(value);
  } catch {
    return UNREADABLE;
  }
}

/** Text cut to the length that an error message quotes. */
export function shortened(text: string): string {
  return text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
}

// Lists within the list are not described, as it may be among them itself.
function describedElement(element: unknown): string {
  return Array.isArray(element) ? `a list of ${element.length}` : described(element);
}

function describedObject(value: object): string {
  if (isBytes(value)) return `a Uint8Array of ${value.length}`;
  if (isThenable(value)) return 'a promise, which has to be awaited first';
  // An object is not converted to a string, as its methods may throw.
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object of class ${shortened(name)}`
    : 'an object';
}

/** True for a Uint8Array of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}
