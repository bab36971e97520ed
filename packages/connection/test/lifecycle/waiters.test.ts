import { expect, test } from 'vitest';
import { Waiters } from '../../src/lifecycle/waiters.js';

function create(...limits: number[]) {
  const waiters = new Waiters();
  const settled: string[] = [];
  for (const limit of limits) {
    waiters.add(limit).then(
      () => settled.push(`${limit}`),
      (error: Error) => settled.push(`${limit} ${error.message}`),
    );
  }
  return { waiters, settled };
}

test('wakes those whose limit is not exceeded, in the order in which they came', async () => {
  const { waiters, settled } = create(10, 30, 20, 30);
  expect(waiters.wake(31)).toBe(0);
  expect(waiters.wake(20)).toBe(3);
  await Promise.resolve();
  expect(settled).toEqual(['30', '20', '30']);
  expect(waiters.isEmpty).toBe(false);
  expect(waiters.wake(0)).toBe(1);
  await Promise.resolve();
  expect(settled).toEqual(['30', '20', '30', '10']);
  expect(waiters.isEmpty).toBe(true);
});

test('rejects each with an error of its own, and wakes none of them afterwards', async () => {
  const { waiters, settled } = create(10, 20);
  let errors = 0;
  waiters.reject(() => new Error(`no. ${++errors}`));
  expect(waiters.isEmpty).toBe(true);
  expect(waiters.wake(0)).toBe(0);
  await Promise.resolve();
  expect(settled).toEqual(['10 no. 1', '20 no. 2']);
});
