import { expect, test } from 'vitest';
import { TurnWork } from '../../../src/protocol/inbound/turn-work.js';

const ALL = 3 * 1024;

/** How much may be done before it is spent. */
function shareOf(work: TurnWork): number {
  let done = 1;
  while (!work.spend(1)) done++;
  return done;
}

test('so much, then no more before the turn has ended', () => {
  const work = new TurnWork();
  expect([work.spend(ALL - 1), work.isSpent]).toEqual([false, false]);
  expect([work.spend(1), work.isSpent, work.spend(100)]).toEqual([true, true, true]);
  work.refill();
  expect([work.isSpent, work.isTouched, work.spend(ALL - 1)]).toEqual([false, false, false]);
});

test('touched: from half of it on', () => {
  const work = new TurnWork();
  work.spend(ALL / 2);
  expect(work.isTouched).toBe(false);
  work.spend(1);
  expect(work.isTouched).toBe(true);
});

test('where many have much to do they share what a few may, and none is left out', () => {
  const all = Array.from({ length: 200 }, () => new TurnWork());
  const [one, ...others] = all as [TurnWork, ...TurnWork[]];
  for (const work of others.slice(0, 7)) work.spend(ALL);
  one.refill();
  expect(shareOf(one)).toBe(ALL / 2);
  for (const work of others) work.spend(ALL);
  one.refill();
  expect(shareOf(one)).toBe(ALL / 6);
  for (const work of all) work.refill();
  one.refill();
  expect(shareOf(one)).toBe(ALL);
  one.refill();
});
