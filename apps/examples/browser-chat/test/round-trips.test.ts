import { expect, it } from 'vitest';
import { RoundTrips } from '../src/page/round-trips.js';

it('times one message after the other, and remembers the last ones', () => {
  const trips = new RoundTrips(3);
  for (const took of [1, 2, 3, 4]) {
    trips.begin(100);
    expect(trips.isUnderWay).toBe(true);
    expect(trips.end(100 + took)).toBe(took);
  }
  expect(trips.isUnderWay).toBe(false);
  expect(trips.times).toEqual([2, 3, 4]);
});

it('does not time what was lost, or was never sent', () => {
  const trips = new RoundTrips(3);
  expect(trips.end(5)).toBeUndefined();
  trips.begin(1);
  trips.lose();
  expect(trips.isUnderWay).toBe(false);
  expect(trips.end(5)).toBeUndefined();
  expect(trips.times).toEqual([]);
});
