import { expect, it } from 'vitest';
import { formatTime, RoundTrips } from '../src/page/round-trips.js';

it('has no figures before the first', () => {
  expect(new RoundTrips().summary()).toBeUndefined();
});

it('takes the median and the 95th percentile between two neighbours', () => {
  const trips = new RoundTrips();
  for (const time of [4, 1, 3, 2]) trips.add(time);
  const summary = trips.summary();
  expect(summary).toMatchObject({ last: 2, min: 1, median: 2.5 });
  expect(summary?.p95).toBeCloseTo(3.85, 12);
  expect(trips.recent(2)).toEqual([3, 2]);
});

it('counts all and keeps the last thousand', () => {
  const trips = new RoundTrips();
  for (let time = 0; time < 1500; time++) trips.add(time);
  expect(trips.count).toBe(1500);
  expect(trips.summary()).toEqual({ last: 1499, min: 500, median: 999.5, p95: 1449.05 });
  expect(trips.recent(9999)).toHaveLength(1000);
});

it('writes times with two decimals', () => {
  expect([0, 0.005, 0.126, 12].map(formatTime)).toEqual(['0.00', '0.01', '0.13', '12.00']);
});
