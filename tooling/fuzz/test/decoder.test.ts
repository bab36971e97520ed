import { expect, test } from 'vitest';
// What is built: transformed for the tests it runs at half the speed.
import { fuzzDecoder } from '../dist/run.js';
import { cases, seed, timeout } from './property.js';

const CASES = 30_000;

test(`${CASES} byte streams through the decoder`, { timeout: timeout(180_000) }, async () => {
  const { failure, cases: run, tally } = await fuzzDecoder({ cases: cases(CASES), seed });
  expect(failure).toBeUndefined();
  expect(run).toBeGreaterThanOrEqual(cases(CASES));
  // Every way out has been taken: what is not reached is not tested.
  if (run < CASES) return;
  for (const error of [
    'RESERVED_BITS',
    'RESERVED_OPCODE',
    'MASK_REQUIRED',
    'MASK_FORBIDDEN',
    'CONTROL_FRAGMENTED',
    'CONTROL_TOO_LONG',
    'LENGTH_NOT_MINIMAL',
    'LENGTH_INVALID',
    'PAYLOAD_TOO_LARGE',
    'STREAM_ID_INVALID',
    'STREAM_HEADER_MISSING',
  ]) {
    expect(tally.count(`refused ${error}`), error).toBeGreaterThan(0);
  }
  expect(tally.count('decoded')).toBeGreaterThan(run / 5);
});
