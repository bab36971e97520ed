import { expect, it } from 'vitest';
import { Rate } from '../src/page/rate.js';

it('tells how fast something grows', () => {
  const rate = new Rate();
  expect(rate.perSecond(0, 0)).toBeUndefined();
  rate.add(0, 0);
  expect(rate.perSecond(10, 20)).toBeUndefined();
  rate.add(1000, 500);
  expect(rate.perSecond(2000, 1000)).toBe(2000);
});

it('forgets what was more than three seconds ago', () => {
  const rate = new Rate();
  for (let time = 0; time <= 5000; time += 250) rate.add(time * 10, time);
  // From here on it is slower by ten.
  for (let time = 5250; time <= 9000; time += 250) rate.add(50_000 + (time - 5000), time);
  expect(rate.perSecond(54_000, 9000)).toBe(1000);
});

it('falls to nothing while nothing comes', () => {
  const rate = new Rate();
  rate.add(0, 0);
  rate.add(1_000_000, 1000);
  expect(rate.perSecond(1_000_000, 10_000)).toBe(0);
});
