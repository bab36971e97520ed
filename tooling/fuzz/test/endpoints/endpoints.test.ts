import { expect, test } from 'vitest';
// What is built: transformed for the tests it runs at half the speed.
import { fuzzEndpoints } from '../../dist/run.js';
import { cases, seed, timeout } from '../property.js';

const CASES = 400;

test(`${CASES} pairs of endpoints with random options: what arrives is what was sent`, {
  timeout: timeout(300_000),
}, async () => {
  const { failure, cases: run, tally } = await fuzzEndpoints({ cases: cases(CASES), seed });
  expect(failure).toBeUndefined();
  expect(run).toBeGreaterThanOrEqual(cases(CASES));
  if (run < CASES) return;
  for (const carrier of ['memory', 'pipe', 'tcp', 'unix', 'tls']) {
    expect(tally.count(carrier), carrier).toBeGreaterThan(run / 20);
  }
  for (const name of ['webson-streams', 'permessage-deflate', 'go', 'closed early', 'closed late', 'refused']) {
    expect(tally.count(name), name).toBeGreaterThan(run / 30);
  }
});
