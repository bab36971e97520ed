import fc from 'fast-check';
import { test } from 'vitest';

// FC_SEED repeats a run (fast-check prints the seed of one that failed), FC_RUNS multiplies the number of runs.
const seed = numberFrom('FC_SEED');
const scale = numberFrom('FC_RUNS') ?? 1;

/** A test of `property` with `runs` runs, the environment's wishes applied. */
export function propertyTest<Values>(
  name: string,
  runs: number,
  property: fc.IProperty<Values> | fc.IAsyncProperty<Values>,
): void {
  const numRuns = Math.max(1, Math.round(runs * scale));
  const timeout = 180_000 * Math.max(1, scale);
  test(name, { timeout }, async () => {
    await fc.assert(property, seed === undefined ? { numRuns } : { numRuns, seed });
  });
}

/** What an environment variable says; undefined when it is not set. */
export function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError(`${name}: a number expected, got ${text}`);
  return value;
}
