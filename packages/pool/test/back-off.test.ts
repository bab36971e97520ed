import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { backOff } from '../src/back-off.js';

afterEach(() => vi.restoreAllMocks());

test('the bound doubles with every attempt, up to the largest', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  expect([1, 2, 3, 4, 5, 2000].map((attempt) => backOff(attempt, 100, 1000))).toEqual([50, 100, 200, 400, 500, 500]);
});

test('full jitter: anything from 0 to the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(10_000), fc.nat(10_000), (attempt, interval, max) => {
      const delay = backOff(attempt, interval, max);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(Math.min(interval * 2 ** (attempt - 1), max));
    }),
  );
});
