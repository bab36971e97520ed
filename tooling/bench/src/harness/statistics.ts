/** The middle value; of an even number of values, the mean of the two in the middle. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('median of no values');
  return (upper + lower) / 2;
}

/** What several measurements of the same come to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median, the lowest and the highest value. Throws RangeError without values. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** How one server compares to another in the same rounds. */
export interface Ratio {
  /** Ratio of the two medians. */
  readonly ofMedians: number;
  /** Lowest and highest ratio of two measurements of the same round. */
  readonly min: number;
  readonly max: number;
}

/** Compares measurements round by round: `values[i]` and `baseline[i]` are of the same round. Throws RangeError if they do not pair up. */
export function ratio(values: readonly number[], baseline: readonly number[]): Ratio {
  if (values.length !== baseline.length) throw new RangeError('as many values as rounds of the baseline are needed');
  const perRound = values.map((value, round) => value / (baseline[round] ?? Number.NaN));
  return {
    ofMedians: median(values) / median(baseline),
    min: Math.min(...perRound),
    max: Math.max(...perRound),
  };
}
