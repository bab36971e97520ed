import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from '../../src/lifecycle/patience.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const answer = (pongTimeouts: number) => ({ ms: 0, pongTimeouts });

test('calls when a wait has lasted as long as a pong may take, times what it says', () => {
  const times = { pongTimeout: 100, onAsked: () => {} };
  const over = vi.fn();
  const patience = new Patience(times, over);
  patience.look(answer(1));
  vi.advanceTimersByTime(99);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledTimes(1);
  times.pongTimeout = 10;
  patience.look(answer(4));
  vi.advanceTimersByTime(39);
  expect(over).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledTimes(2);
  patience.look({ ms: 20, pongTimeouts: 0 });
  vi.advanceTimersByTime(20);
  expect(over).toHaveBeenCalledTimes(3);
});

test('looked at again, a wait is not longer for it; another begins anew; none is not over', () => {
  const over = vi.fn();
  const patience = new Patience({ pongTimeout: 100, onAsked: () => {} }, over);
  const wait = answer(1);
  patience.look(wait);
  vi.advanceTimersByTime(60);
  patience.look(wait);
  vi.advanceTimersByTime(39);
  patience.look(answer(1));
  vi.advanceTimersByTime(99);
  patience.look(undefined);
  vi.advanceTimersByTime(1000);
  expect(over).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('the same wait, looked at after it was over, is waited for once more', () => {
  const over = vi.fn();
  const patience = new Patience({ pongTimeout: 100, onAsked: () => {} }, over);
  const wait = answer(1);
  patience.look(wait);
  vi.advanceTimersByTime(100);
  patience.look(wait);
  vi.advanceTimersByTime(100);
  expect(over).toHaveBeenCalledTimes(2);
});

test('tells when an answer begins to be waited for, and of each that follows; of no other wait', () => {
  const onAsked = vi.fn();
  const patience = new Patience({ pongTimeout: 100, onAsked }, () => {});
  const wait = answer(1);
  patience.look(wait);
  patience.look(wait);
  expect(onAsked).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(100);
  patience.look(answer(1));
  expect(onAsked).toHaveBeenCalledTimes(2);
  patience.look({ ms: 20, pongTimeouts: 0 });
  patience.look(undefined);
  expect(onAsked).toHaveBeenCalledTimes(2);
});
