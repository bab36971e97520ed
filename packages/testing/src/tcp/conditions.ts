/** The conditions under which bytes pass in one direction of a link. */
export interface Conditions {
  /** The shortest time that a byte is under way, in milliseconds. */
  readonly delay: number;
  /** The longest additional delay, in milliseconds; each is random. The order of bytes does not change. */
  readonly jitter: number;
  /** Bytes per second; Infinity for no limit. */
  readonly rate: number;
  /**
   * A number: each piece has a random size of up to so many bytes; Infinity leaves the chunks as they arrive. A list:
   * the sizes of the pieces in bytes, used in turn, again and again.
   */
  readonly split: number | readonly number[];
  /** Bytes that may be under way before reading pauses, at least 1. */
  readonly buffer: number;
}

/** Changes to conditions. A condition that is left out stays as it is. */
export type ConditionsChange = { readonly [Name in keyof Conditions]?: Conditions[Name] | undefined };

/** Conditions that leave the bytes alone. 256 KiB may be under way. */
export const calm: Conditions = {
  delay: 0,
  jitter: 0,
  rate: Number.POSITIVE_INFINITY,
  split: Number.POSITIVE_INFINITY,
  buffer: 256 * 1024,
};

const LEAST = { delay: 0, jitter: 0, rate: 1, buffer: 1 } as const;

/** The conditions with a change applied. @throws RangeError with the first condition that is out of its range. */
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
