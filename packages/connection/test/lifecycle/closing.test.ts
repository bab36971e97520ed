import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Closing } from '../../src/lifecycle/closing.js';
import { now } from '../../src/time/clock.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function create(timeout: number) {
  const destroy = vi.fn();
  return { closing: new Closing({ destroy }, timeout), destroy };
}

test('destroys the transport after the time-out, behind the input that has arrived', async () => {
  const { destroy } = create(3000);
  vi.advanceTimersByTime(2999);
  await turns(3);
  expect(destroy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(destroy).not.toHaveBeenCalled();
  await turns(3);
  expect(destroy).toHaveBeenCalledOnce();
});

test.for([
  [3000, 500],
  [200, 200],
])('lingers, with a time-out of %i ms, for %i ms', ([timeout, most]) => {
  const { closing, destroy } = create(timeout!);
  vi.advanceTimersByTime(100);
  closing.linger();
  vi.advanceTimersByTime(most! - 1);
  expect(destroy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(destroy).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('gives the transport more time when the last input has led to `linger`', async () => {
  const { closing, destroy } = create(3000);
  vi.advanceTimersByTime(3000);
  closing.linger();
  await turns(3);
  expect(destroy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(destroy).toHaveBeenCalledOnce();
});

test('does nothing to a transport that has ended, and knows since when it was closing', async () => {
  const before = now();
  const { closing, destroy } = create(3000);
  vi.advanceTimersByTime(1000);
  closing.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  await turns(3);
  expect(destroy).not.toHaveBeenCalled();
  expect(closing.since).toBe(before);
});
