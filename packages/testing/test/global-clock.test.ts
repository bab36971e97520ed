import { afterEach, expect, test, vi } from 'vitest';
import { globalClock } from '../src/index.js';

afterEach(() => void vi.useRealTimers());

test('it is moved by the fake timers that are in place', async () => {
  vi.useFakeTimers();
  const since = globalClock.now();
  const called = vi.fn();
  globalClock.setTimer(called, 1000);
  globalClock.setTimer(called, 1000).close();
  await vi.advanceTimersByTimeAsync(999);
  expect(called).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(called).toHaveBeenCalledOnce();
  expect(globalClock.now() - since).toBe(1000);
});

test('a timer is cancelled where it was set', async () => {
  vi.useFakeTimers();
  const called = vi.fn();
  const fake = globalClock.setTimer(called, 1000);
  const { clearTimeout } = globalThis;
  vi.useRealTimers();
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  fake.close();
  expect(cleared).not.toHaveBeenCalled();
  expect(clearTimeout).not.toBe(globalThis.clearTimeout);
  await new Promise<void>((resolve) => void globalClock.setTimer(resolve, 0));
  expect(called).not.toHaveBeenCalled();
});
