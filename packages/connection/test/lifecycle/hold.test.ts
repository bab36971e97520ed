import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Hold } from '../../src/lifecycle/hold.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function create() {
  const release = (): void => {
    protocol.isHeld = false;
  };
  const protocol = { isHeld: true, knock: vi.fn(), release: vi.fn(release) };
  const onOutput = vi.fn();
  return { hold: new Hold(protocol, onOutput), protocol, onOutput };
}

test('knocks every 50 ms, at most 20 times, and then releases what was held', () => {
  const { protocol, onOutput } = create();
  vi.advanceTimersByTime(49);
  expect(protocol.knock).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(protocol.knock).toHaveBeenCalledOnce();
  expect(onOutput).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(50 * 19);
  expect(protocol.knock).toHaveBeenCalledTimes(20);
  expect(protocol.release).not.toHaveBeenCalled();
  vi.advanceTimersByTime(50);
  expect(protocol.release).toHaveBeenCalledOnce();
  expect(onOutput).toHaveBeenCalledTimes(21);
  expect(vi.getTimerCount()).toBe(0);
});

test('does not knock any more once the client has spoken', () => {
  const { protocol, onOutput } = create();
  vi.advanceTimersByTime(100);
  protocol.isHeld = false;
  vi.advanceTimersByTime(5000);
  expect(protocol.knock).toHaveBeenCalledTimes(2);
  expect(protocol.release).not.toHaveBeenCalled();
  expect(onOutput).toHaveBeenCalledTimes(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('does not knock at a transport that is gone', () => {
  const { hold, protocol } = create();
  vi.advanceTimersByTime(50);
  hold.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(protocol.knock).toHaveBeenCalledOnce();
});
