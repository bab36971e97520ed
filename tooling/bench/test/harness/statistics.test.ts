import { describe, expect, it } from 'vitest';
import { median, ratio, spread } from '../../src/harness/statistics.js';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 10])).toBe(9);
    expect(median([7])).toBe(7);
  });

  it('is the mean of the middle two of an even number of values', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('is not changed by one wild round', () => {
    expect(median([10, 11, 12, 13, 1e9])).toBe(12);
  });

  it('throws without values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

it('spread is the median between the lowest and the highest', () => {
  expect(spread([9, 1, 10])).toEqual({ median: 9, min: 1, max: 10 });
  expect(() => spread([])).toThrow(RangeError);
});

describe('ratio', () => {
  it('compares the medians, and each round with its own baseline', () => {
    expect(ratio([20, 30, 80], [10, 20, 20])).toEqual({ ofMedians: 1.5, min: 1.5, max: 4 });
  });

  it('throws when rounds are missing', () => {
    expect(() => ratio([1, 2], [1])).toThrow(RangeError);
  });
});
