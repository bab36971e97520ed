import { expect, it } from 'vitest';
import { disturbance, noiseWarnings, percent } from '../../src/harness/noise.js';

it('tells in how many measurements processes had to wait, and for how long at most', () => {
  expect(disturbance([0, 0.05, 0.06, 0.4])).toEqual({ count: 2, of: 4, most: 0.4 });
  expect(disturbance([])).toEqual({ count: 0, of: 0, most: 0 });
});

it('warns of it, if there is something to warn of', () => {
  expect(noiseWarnings([0, 0.05])).toEqual([]);
  expect(noiseWarnings([0, 0.4])).toEqual([
    'other processes had the cores for up to 40 % of the time in 1 of 2 measurements',
  ]);
  expect(percent(0.125)).toBe('13 %');
});
