import type { Property } from './descriptions.js';
import { mentions } from './spelling.js';
import type { Kind, Kinds } from './tables.js';

/** What the interface says otherwise than the table, or does not say. */
export function complaintsAbout(name: string, properties: readonly Property[], kinds: Kinds): string[] {
  const described = new Set(properties.map((property) => property.name));
  return [
    ...Object.keys(kinds).flatMap((key) => (described.has(key) ? [] : [`${name} does not describe ${key}.`])),
    ...properties.flatMap((property) => {
      const kind = kinds[property.name];
      if (kind === undefined) return [`${name}.${property.name} is not in the table: it would be refused.`];
      return unsaid(property.text, kind).map((what) => `The comment of ${name}.${property.name} does not say ${what}.`);
    }),
  ];
}

function unsaid(text: string, kind: Kind): string[] {
  if (text === '') return ['anything'];
  const { default: fallback, min, max, unit } = kind;
  return [
    ...(isDefaultSaid(text, fallback) ? [] : [`its default, ${String(fallback)}`]),
    ...(min === undefined || isMinSaid(text, min, max) ? [] : [`its least value, ${min}`]),
    ...(max === undefined || unit === 'ms' || isMaxSaid(text, max) ? [] : [`its largest value, ${max}`]),
  ];
}

function isDefaultSaid(text: string, fallback: unknown): boolean {
  if (fallback === undefined) return true;
  if (!/\bdefault/i.test(text)) return typeof fallback === 'object' && !Array.isArray(fallback);
  if (fallback === Number.POSITIVE_INFINITY) return /\ball\b/.test(text);
  if (typeof fallback === 'number') return mentions(text, fallback);
  if (typeof fallback === 'string')
    return text.includes(fallback === '' ? 'none' : `'${fallback}'`) || text.includes(`${fallback} by default`);
  if (typeof fallback === 'boolean') return new RegExp(`\\b${fallback}\\b`, 'i').test(text);
  return Array.isArray(fallback) ? /\bnone\b/i.test(text) : true;
}

// That an integer is not negative, or not 0, is said by the table of docs/OPTIONS.md.
function isMinSaid(text: string, min: number, max = 0): boolean {
  if (min === -max) return text.includes('0 or less');
  return min === 0 || min === 1 || mentions(text, min);
}

// What a number can count is not said of each, as is what a timer can wait.
function isMaxSaid(text: string, max: number): boolean {
  return max === Number.MAX_SAFE_INTEGER || mentions(text, max);
}
