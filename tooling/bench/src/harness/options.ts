import { parseArgs } from 'node:util';
import { type Cores, chooseCores } from './cores.js';

/** One option of a command line. */
export interface Option {
  /** What stands for its value in the help, `N`; an option without is on or off. */
  readonly value?: string;
  /** What it is when nobody says, shown in the help. */
  readonly usual?: string;
  /** What it does. Lines after the first are shown below it. */
  readonly about: string | readonly string[];
}

/** The options of a command, by their names without dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What a command line says: on or off, a text, or undefined where nothing was said and nothing is usual. */
export type Given<T extends OptionTable> = {
  readonly [Name in keyof T]: T[Name] extends { value: string }
    ? T[Name] extends { usual: string }
      ? string
      : string | undefined
    : boolean;
};

/** Writes everything measured to a file. */
export const jsonOption = { json: { value: 'FILE', about: 'write everything that was measured' } } as const;

/** Leaves processes where the system puts them. */
export const pinOption = { 'no-pin': { about: 'leave it to the system which core runs what' } } as const;

/** An option with a value that may be left out. */
export type ValueOption = Option & { readonly value: string };

/** An option with a value that is never undefined. */
export type UsualOption = ValueOption & { readonly usual: string };

/** The options of how often and how long is measured. */
export type TimingOptions = Readonly<Record<keyof Timing, UsualOption>>;

/** How often and how long is measured, and what is usual. */
export function timingOptions(usual: Readonly<Record<keyof Timing, string>>): TimingOptions {
  return {
    rounds: { value: 'N', usual: usual.rounds, about: 'interleaved rounds' },
    seconds: { value: 'S', usual: usual.seconds, about: 'seconds counted per measurement' },
    warmup: { value: 'S', usual: usual.warmup, about: 'seconds of load before that' },
  };
}

/** How often and how long is measured. */
export interface Timing {
  readonly rounds: number;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
}

/** Reads the {@link timingOptions}. Throws an Error that says what is wrong. */
export function timingOf(given: Given<TimingOptions>): Timing {
  return {
    rounds: count('--rounds', given.rounds),
    seconds: positive('--seconds', given.seconds),
    warmup: positive('--warmup', given.warmup),
  };
}

/** Reads the {@link pinOption}: the cores to use. */
export function coresOf(given: Given<typeof pinOption>): Cores {
  return given['no-pin'] ? { note: 'NOT PINNED: --no-pin' } : chooseCores();
}

/** Reads a command line. Throws an Error that says what is wrong. */
export function readOptions<T extends OptionTable>(
  args: readonly string[],
  table: T,
): { given: Given<T>; isHelp: boolean; operands: string[] } {
  const { values, positionals } = parseArgs({
    args: args[0] === '--' ? args.slice(1) : [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        Object.entries(table).map(([name, { value, usual }]) => [
          name,
          value === undefined
            ? { type: 'boolean' as const, default: false }
            : { type: 'string' as const, ...(usual !== undefined && { default: usual }) },
        ]),
      ),
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { help, ...given } = values;
  return { given: given as Given<T>, isHelp: help === true, operands: positionals };
}

/** The options as a help text shows them, one line or more each. */
export function describeOptions(table: OptionTable): string[] {
  const all = Object.entries<Option>({ ...table, help: { about: '' } });
  const titles = all.map(([name, { value }]) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...titles.map((title) => title.length)) + 3;
  return all.flatMap(([, { about, usual }], i) => {
    const [first = '', ...more] = typeof about === 'string' ? [about] : about;
    const line = `  ${(titles[i] ?? '').padEnd(width)}${first}${usual === undefined ? '' : ` (${usual})`}`;
    return [line.trimEnd(), ...more.map((text) => `${' '.repeat(width + 2)}${text}`)];
  });
}

/** A number above 0, up to an hour's seconds. Throws an Error that names the option. */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new Error(`${option} is ${text}: a number above 0 and up to 3600 is needed`);
  return value;
}

/** A whole number, 1 or more unless told otherwise. Throws an Error that names the option. */
export function count(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${option} is ${text}: a whole number is needed`);
  return value;
}

/** Some of those that are known, by a list of names with commas between. Throws an Error that says which there are. */
export function pick<T extends string | { readonly name: string }>(
  option: string,
  list: string,
  known: readonly T[],
): T[] {
  const nameOf = (one: T): string => (typeof one === 'string' ? one : one.name);
  return list.split(',').map((name) => {
    const found = known.find((one) => nameOf(one) === name.trim());
    if (found === undefined)
      throw new Error(`${option}: there is no ${name}; there are ${known.map(nameOf).join(', ')}`);
    return found;
  });
}
