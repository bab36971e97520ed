import { afterEach, describe, expect, test, vi } from 'vitest';
import { after, atEndOfTurn, now } from '../src/clock.js';
import { turns } from './support/turns.js';

afterEach(() => {
  vi.useRealTimers();
});

test('now never goes backwards, whatever the date does', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const before = now();
  vi.setSystemTime(0);
  expect(now()).toBeGreaterThanOrEqual(before);
});

describe('after', () => {
  test('calls once, unless cancelled', () => {
    vi.useFakeTimers();
    const seen: string[] = [];
    const kept = after(10, () => seen.push('kept'));
    const cancelled = after(10, () => seen.push('cancelled'));
    cancelled.cancel();
    vi.advanceTimersByTime(100);
    kept.cancel();
    expect(seen).toEqual(['kept']);
  });

  test('a delay longer than timers can be is not none', () => {
    vi.useFakeTimers();
    const action = vi.fn();
    after(Number.POSITIVE_INFINITY, action);
    vi.advanceTimersByTime(1_000_000);
    expect(action).not.toHaveBeenCalled();
  });
});

test('atEndOfTurn: in order, after the microtasks, what is added meanwhile a turn later', async () => {
  const seen: string[] = [];
  atEndOfTurn(() => {
    seen.push('one');
    atEndOfTurn(() => seen.push('three'));
  });
  atEndOfTurn(() => seen.push('two'));
  await Promise.resolve().then(() => seen.push('microtask'));
  await turns(1);
  expect(seen.slice(0, 3)).toEqual(['microtask', 'one', 'two']);
  await turns(1);
  expect(seen).toEqual(['microtask', 'one', 'two', 'three']);
});
