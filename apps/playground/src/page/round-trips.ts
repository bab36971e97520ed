/** How many of the last round trips the figures are about. */
const WINDOW = 1000;

/** Figures of the last round trips, in milliseconds. */
export interface Summary {
  readonly last: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
}

/** Collects round-trip times: all are counted, the last 1000 kept. For the page and for the terminal. */
export class RoundTrips {
  #times: number[] = [];
  #count = 0;

  /** How many there were in all. */
  get count(): number {
    return this.#count;
  }

  /** @param time in milliseconds. */
  add(time: number): void {
    this.#count++;
    this.#times.push(time);
    if (this.#times.length > WINDOW) this.#times.shift();
  }

  /** The last ones, the newest at the end. */
  recent(limit: number): readonly number[] {
    return this.#times.slice(-limit);
  }

  /** Undefined before the first. */
  summary(): Summary | undefined {
    const last = this.#times.at(-1);
    if (last === undefined) return undefined;
    const sorted = this.#times.toSorted((a, b) => a - b);
    return { last, min: quantile(sorted, 0), median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
  }
}

/** A time as people read it: two decimals. */
export function formatTime(milliseconds: number): string {
  return milliseconds.toFixed(2);
}

// Between two neighbours by linear interpolation: the median of an even number is the mean of the middle two.
function quantile(sorted: readonly number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const lower = sorted[Math.floor(position)] ?? Number.NaN;
  const upper = sorted[Math.ceil(position)] ?? Number.NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}
