import { expect, test } from 'vitest';
// What is built: transformed for the tests it runs at half the speed.
import { runCases } from '../dist/run.js';
import { cases, seed } from './property.js';

const CASES = 20_000;

test(`${CASES} applications over connections in memory`, { timeout: 1_200_000 }, async () => {
  const { failure, cases: run } = await runCases({ cases: cases(CASES), seed });
  expect(failure).toBeUndefined();
  expect(run).toBeGreaterThanOrEqual(cases(CASES));
});
