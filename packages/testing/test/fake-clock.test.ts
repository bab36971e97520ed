import { expect, test } from 'vitest';
import { type Clock, FakeClock, turns } from '../src/index.js';

test('calls what is due, in its order, at its time', async () => {
  const clock = new FakeClock();
  const begin = clock.now();
  const called: [string, number][] = [];
  const call = (name: string) => () => void called.push([name, clock.now() - begin]);
  clock.setTimer(call('late'), 20);
  clock.setTimer(call('early'), 10);
  clock.setTimer(call('early, too'), 10);
  clock.setTimer(call('too late'), 31);
  expect([clock.pending, clock.next]).toEqual([4, 10]);
  await clock.advance(9);
  expect([called, clock.next]).toEqual([[], 1]);
  await clock.advance(21);
  expect(called).toEqual([
    ['early', 10],
    ['early, too', 10],
    ['late', 20],
  ]);
  expect([clock.now() - begin, clock.pending, clock.next]).toEqual([30, 1, 1]);
});

test('does not move by itself', async () => {
  const clock = new FakeClock();
  const begin = clock.now();
  let isCalled = false;
  clock.setTimer(() => {
    isCalled = true;
  }, 0);
  await turns(20);
  expect([isCalled, clock.now() - begin]).toEqual([false, 0]);
  await clock.advance(0);
  expect(isCalled).toBe(true);
  expect(clock.next).toBeUndefined();
});

test('what is taken back is not called', async () => {
  const clock = new FakeClock();
  const called: number[] = [];
  const second = clock.setTimer(() => called.push(2), 2);
  clock.setTimer(() => {
    called.push(1);
    second.close();
  }, 1);
  await clock.advance(5);
  second.close();
  expect(called).toEqual([1]);
});

test('what a timer sets off is over, and what that waits for is set, before time goes on', async () => {
  const clock = new FakeClock();
  const begin = clock.now();
  const called: number[] = [];
  const again = (): void => {
    called.push(clock.now() - begin);
    void turns(5).then(() => clock.setTimer(again, 10));
  };
  clock.setTimer(again, 10);
  await clock.advance(35);
  expect(called).toEqual([10, 20, 30]);
});

test('settles as it is told to', async () => {
  let settled = 0;
  const clock = new FakeClock({
    settle: async () => {
      settled++;
    },
  });
  clock.setTimer(() => {}, 1);
  clock.setTimer(() => {}, 2);
  await clock.advance(2);
  expect(settled).toBe(3);
});

test('what a timer throws, `advance` rejects with, and goes on when it is called again', async () => {
  const clock = new FakeClock();
  let isCalled = false;
  clock.setTimer(() => {
    throw new Error('a fault');
  }, 1);
  clock.setTimer(() => {
    isCalled = true;
  }, 1);
  await expect(clock.advance(5)).rejects.toThrow('a fault');
  await clock.advance(0);
  expect(isCalled).toBe(true);
});

test('is put in the place of another, and given back once, with what is still waited for', async () => {
  const clock = new FakeClock();
  const installed: (Clock | undefined)[] = [];
  const giveBack = clock.install((one) => {
    installed.push(one);
    return () => installed.push(undefined);
  });
  const closed = clock.setTimer(() => installed.push(clock), 0);
  const called = new Promise<void>((resolve) => void clock.setTimer(resolve, 1));
  giveBack();
  giveBack();
  closed.close();
  expect(installed).toEqual([clock, undefined]);
  expect(clock.pending).toBe(0);
  // In real time now.
  await called;
  await new Promise<void>((resolve) => void clock.setTimer(resolve, 1));
  expect(installed).toEqual([clock, undefined]);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('no time: %d', async (milliseconds) => {
  await expect(new FakeClock().advance(milliseconds)).rejects.toThrow(RangeError);
});

test('one call of `advance` at a time', async () => {
  const clock = new FakeClock();
  const first = clock.advance(1);
  await expect(clock.advance(1)).rejects.toThrow('an earlier call has not ended');
  await first;
});
