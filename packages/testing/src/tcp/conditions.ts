/** What happens to bytes on their way in one direction. */
export interface Conditions {
  /** Milliseconds that every byte is under way at least. */
  readonly delay: number;
  /** Milliseconds more, at random up to so many; the order stays. */
  readonly jitter: number;
  /** Bytes a second; Infinity for as many as pass. */
  readonly rate: number;
  /**
   * Bytes of the largest piece that is passed on at a time, each of a random size up to it; Infinity leaves them as they come. A
   * list: the sizes of the pieces, taken in turn.
   */
  readonly split: number | readonly number[];
  /** Bytes that may be under way before nothing more is read, at least 1. */
  readonly buffer: number;
}

/** Conditions to change; those that are left out stay as they are. */
export type ConditionsChange = { readonly [Name in keyof Conditions]?: Conditions[Name] | undefined };

/** Nothing happens to the bytes. 256 KiB may be under way. */
export const calm: Conditions = {
  delay: 0,
  jitter: 0,
  rate: Number.POSITIVE_INFINITY,
  split: Number.POSITIVE_INFINITY,
  buffer: 256 * 1024,
};

const LEAST = { delay: 0, jitter: 0, rate: 1, buffer: 1 } as const;

/** The conditions with a change applied. @throws RangeError naming the first that is no number, or too small. */
export function changed(conditions: Conditions, change: ConditionsChange): Conditions {
  const result: { -readonly [Name in keyof Conditions]: Conditions[Name] } = { ...conditions };
  for (const name of Object.keys(LEAST) as (keyof typeof LEAST)[]) {
    const value = change[name];
    if (value === undefined) continue;
    const isTime = name === 'delay' || name === 'jitter';
    check(name, value, LEAST[name], isTime ? Number.MAX_VALUE : Number.POSITIVE_INFINITY);
    result[name] = value;
  }
  const { split } = change;
  if (split !== undefined) {
    if (typeof split === 'number') check('split', split, 1, Number.POSITIVE_INFINITY);
    else if (split.length === 0) throw new RangeError('split: at least one size expected');
    else for (const size of split) check('split', size, 1, Number.MAX_SAFE_INTEGER);
    result.split = split;
  }
  return result;
}

function check(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${name}: a number from ${least} on expected, got ${value}`);
  }
}
