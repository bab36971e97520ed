import type { HeaderRecord } from '@webson/handshake';
import { shortened, undisclosed } from '../../application/described.js';
import type { OptionKind } from '../../options/option-kinds.js';

/** Header fields in any of the usual forms: an object, `Headers`, a Map, or pairs of name and value. */
export type ExtraHeaders =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>;

/** Header fields. They are copied into an object, in which a list stands for a field that is given several times. */
export const EXTRA_HEADERS: OptionKind = {
  expected: 'an object of strings, Headers, a Map, or pairs of strings',
  accepts: (value) => typeof value === 'object' && value !== null && pairsOf(value).every(isPair),
  explain: (value) => {
    const wrong =
      typeof value === 'object' && value !== null ? pairsOf(value).find((pair) => !isPair(pair)) : undefined;
    if (!Array.isArray(wrong) || wrong.length !== 2 || typeof wrong[0] !== 'string') return undefined;
    return `${shortened(wrong[0])} is ${undisclosed(wrong[1])}`;
  },
  take: (value: object): HeaderRecord => {
    const lists = new Map<string, string[]>();
    for (const [name, text] of pairsOf(value) as [string, string | readonly string[] | undefined][]) {
      if (text === undefined) continue;
      lists.set(name, (lists.get(name) ?? []).concat(text));
    }
    return Object.fromEntries(lists);
  },
  isSecret: true,
};

// An iterable is taken for pairs, as a Map, Headers and a list of them are.
function pairsOf(value: object): unknown[] {
  return Symbol.iterator in value ? [...(value as Iterable<unknown>)] : Object.entries(value);
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && isFieldValue(pair[1]);
}

function isFieldValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string');
  return value === undefined || typeof value === 'string';
}
