import { FOREIGN_NAMES, NAMES_OF_PLACES } from './foreign-names.js';
import type { Hints, Names } from './unknown-option.js';

/** The most options that are named as near, and the longest name that is compared word by word. */
const MOST_NAMED = 3;
const LONGEST_COMPARED = 40;

/**
 * Says which option was probably meant: one of that name in another spelling, one that has that name elsewhere, or one whose name is
 * nearly that. Otherwise it lists those that there are.
 */
export const hintFor: Hints = (path, name, kinds, all, beside) => {
  const names = [...namesIn(path, kinds), ...namesIn('', all)];
  // Once, as names of any length come.
  const spelled = spelling(name);
  const isSame = (known: string): boolean => spelling(last(known)) === spelled;
  const most = name.length < 6 ? 1 : 2;
  const isNear = (known: string): boolean => {
    const one = spelling(last(known));
    return Math.abs(one.length - spelled.length) <= most && distance(one, spelled) <= most;
  };
  const foreign = foreignNames(kinds);
  const belongs = (known: string): string | undefined => {
    const [first = ''] = known.split('.');
    return beside !== undefined && Object.hasOwn(beside.kinds, first) ? beside.hint : undefined;
  };
  const inForeign = (matches: (known: string) => boolean): string | undefined => {
    const found = foreign.find(([known]) => matches(known))?.[1];
    if (found === undefined) return undefined;
    const [here = '', note] = found.split('; ');
    if (here === '') return `there is none here: ${note}`;
    // What it is called here may be an option of another object, and is foreign too then.
    const elsewhere = names.includes(here) ? undefined : foreign.find(([known]) => known === here)?.[1].slice(2);
    const more = (names.includes(here) ? undefined : belongs(here)) ?? elsewhere ?? note;
    return [`here it is ${here}`, more].filter((part) => part !== undefined).join('; ');
  };
  const other = path === '' ? belongs(name) : undefined;
  if (other !== undefined) return other;
  // A name as it is written elsewhere comes first, since the values may differ: in Go times are in seconds.
  const exact = inForeign((known) => known === name);
  if (exact !== undefined) return exact;
  const same = names.find(isSame);
  if (same !== undefined) return `${same} is meant`;
  const foreignSame = inForeign(isSame);
  if (foreignSame !== undefined) return foreignSame;
  const near = names.find(isNear);
  if (near !== undefined) return `is ${near} meant?`;
  const foreignNear = inForeign(isNear);
  if (foreignNear !== undefined) return foreignNear;
  const alike = namesWithWordsOf(name, names);
  return alike.length > 0 ? `the nearest are ${alike.join(', ')}` : `there are ${namesIn(path, kinds).join(', ')}`;
};

/** Those of the names that have the most words of a name, and the fewest others; none when they have none. */
function namesWithWordsOf(name: string, names: readonly string[]): string[] {
  if (name.length > LONGEST_COMPARED) return [];
  const words = wordsOf(name);
  return [...new Set(names)]
    .map((known) => {
      const all = wordsOf(known);
      const count = all.filter((word) => words.includes(word)).length;
      return { known, count, others: all.length - count };
    })
    .filter(({ count }) => count > 0)
    .sort((one, other) => other.count - one.count || one.others - other.others)
    .slice(0, MOST_NAMED)
    .map(({ known }) => known);
}

/** `maxPendingBytes` is max, pending, byte: of words of at least three letters, without an s at the end. */
function wordsOf(name: string): string[] {
  const words = name.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? [];
  return words.map((word) => word.toLowerCase().replace(/s$/, '')).filter((word) => word.length > 2);
}

/** The names of the options, and of those within them, as they are written in messages. */
function namesIn(path: string, kinds: Names): string[] {
  return Object.entries<{ readonly fields?: Names }>(kinds).flatMap(([name, { fields = {} }]) => {
    return [path + name, ...namesIn(`${path}${name}.`, fields)];
  });
}

/** Those of the place where the options of `kinds` are come first. */
function foreignNames(kinds: Names): [name: string, here: string][] {
  const places = Object.values(NAMES_OF_PLACES).filter(({ mark }) => Object.hasOwn(kinds, mark));
  return [...places.map(({ names }) => names), ...Object.values(FOREIGN_NAMES)].flatMap((names) =>
    Object.entries(names),
  );
}

function last(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** A name without what differs between ways to write it: `max-payload`, `MAX_PAYLOAD` and `MaxPayload` are `maxPayload`. */
function spelling(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** How many letters have to be added, left out, replaced, or swapped with the next, to make one name of the other. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      next[j] = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = row;
    row = next;
  }
  return row[to.length] as number;
}
