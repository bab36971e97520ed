import { expect, test } from 'vitest';
// What is built: transformed for the tests it runs at half the speed.
import { fuzzConnections } from '../dist/run.js';
import { cases, seed, timeout } from './property.js';

const CASES = 100_000;
const MIB = 1024 * 1024;

test(`${CASES} byte streams through connections of both roles, and through ws`, {
  timeout: timeout(600_000),
}, async () => {
  const { failure, cases: run, tally, memory } = await fuzzConnections({ cases: cases(CASES), seed });
  expect(failure).toBeUndefined();
  expect(run).toBeGreaterThanOrEqual(cases(CASES));
  if (run < CASES) return;
  // Every outcome has been seen, and often enough to mean something.
  expect(tally.count('open')).toBeGreaterThan(run / 20);
  expect(tally.count('closed')).toBeGreaterThan(run / 20);
  for (const code of [1002, 1007, 1008, 1009])
    expect(tally.count(`failed ${code}`), `${code}`).toBeGreaterThan(run / 100);
  // Some have had more to read than one turn of the event loop may take.
  expect(tally.count('paused')).toBeGreaterThan(run / 2000);
  // Nothing of a case is left when it is over. What the first rounds leave is code and caches.
  const [settled = 0] = memory;
  expect((memory.at(-1) ?? 0) - settled).toBeLessThan(4 * MIB);
});
