import { expect, test } from 'vitest';
import { StreamIds } from '../../../src/protocol/streams/stream-ids.js';

test('from 1 on, 0 when there is none left', () => {
  const ids = new StreamIds(3);
  expect([ids.take(), ids.take(), ids.take(), ids.take(), ids.take()]).toEqual([1, 2, 3, 0, 0]);
});

test('each again only after it was given back', () => {
  const ids = new StreamIds(3);
  const taken = new Set([ids.take(), ids.take(), ids.take()]);
  expect(taken).toEqual(new Set([1, 2, 3]));
  ids.release(2);
  expect([ids.take(), ids.take()]).toEqual([2, 0]);
  ids.release(3);
  ids.release(1);
  expect(new Set([ids.take(), ids.take()])).toEqual(new Set([1, 3]));
  expect(ids.take()).toBe(0);
});

test('all of them', () => {
  const ids = new StreamIds(32_767);
  const taken = new Set(Array.from({ length: 32_767 }, () => ids.take()));
  expect([taken.size, Math.min(...taken), Math.max(...taken), ids.take()]).toEqual([32_767, 1, 32_767, 0]);
});

test('one that is spent does not come back', () => {
  const ids = new StreamIds(2);
  expect([ids.take(), ids.isLast]).toEqual([1, false]);
  ids.spend();
  expect([ids.isLast, ids.take(), ids.take()]).toEqual([true, 2, 0]);
});
