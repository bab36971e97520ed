import { expect, test } from 'vitest';
import { calm, changed } from '../../src/tcp/conditions.js';

test('what is left out stays', () => {
  const slow = changed(calm, { delay: 5, rate: 1000 });
  expect(slow).toEqual({ ...calm, delay: 5, rate: 1000 });
  expect(changed(slow, { delay: undefined, split: 3 })).toEqual({ ...slow, split: 3 });
});

test.each([
  { delay: -1 },
  { jitter: Number.POSITIVE_INFINITY },
  { rate: 0 },
  { split: Number.NaN },
  { split: [] },
  { split: [3, 0] },
  { buffer: 0 },
])('no condition: %o', (change) => {
  expect(() => changed(calm, change)).toThrow(RangeError);
  expect(() => changed(calm, change)).toThrow(Object.keys(change)[0] as string);
});
