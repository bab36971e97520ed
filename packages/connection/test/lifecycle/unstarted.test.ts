import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { expectStart, forgoStart, type Unstarted } from '../../src/lifecycle/unstarted.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function waiting(name: string, told: string[]): Unstarted {
  const connection = { onForgotten: () => void told.push(name) };
  expectStart(connection);
  return connection;
}

test('who waits for 5 seconds is told, once, and who was started is not', () => {
  const told: string[] = [];
  waiting('a', told);
  vi.advanceTimersByTime(1000);
  const b = waiting('b', told);
  waiting('c', told);
  vi.advanceTimersByTime(3999);
  expect(told).toEqual([]);
  forgoStart(b);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['a']);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(['a', 'c']);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual(['a', 'c']);
  expect(vi.getTimerCount()).toBe(0);
});

test('one timer serves all, and none is left when nobody waits', () => {
  const all = Array.from({ length: 1000 }, (_, i) => waiting(`${i}`, []));
  expect(vi.getTimerCount()).toBe(1);
  for (const each of all) forgoStart(each);
  expect(vi.getTimerCount()).toBe(0);
  forgoStart(all[0] as Unstarted);
  expect(vi.getTimerCount()).toBe(0);
});

test('who is told may make another wait', () => {
  const told: string[] = [];
  expectStart({ onForgotten: () => void waiting('next', told) });
  vi.advanceTimersByTime(5000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(5000);
  expect(told).toEqual(['next']);
});
