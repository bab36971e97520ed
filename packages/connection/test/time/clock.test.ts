import { afterEach, describe, expect, test, vi } from 'vitest';
import { Alarm, after, atEndOfTurn, now } from '../../src/time/clock.js';
import { turns } from '../support/turns.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

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

describe('Alarm', () => {
  /** Somebody who writes down when it is woken. */
  function sleeper(): { wakings: number[]; wake: () => void } {
    const wakings: number[] = [];
    return { wakings, wake: () => wakings.push(now()) };
  }

  test.each([10, 3999])('a delay of %d: to the millisecond, once, unless cancelled', (delay) => {
    vi.useFakeTimers();
    const since = now();
    const [kept, cancelled] = [sleeper(), sleeper()];
    Alarm.set(now() + delay, kept);
    Alarm.set(now() + delay, cancelled).cancel(cancelled);
    vi.advanceTimersByTime(10_000);
    expect(kept.wakings.map((time) => Math.round(time - since))).toEqual([delay]);
    expect(cancelled.wakings).toEqual([]);
  });

  test('those that wait for long are woken together, none early, none more than 64 ms late', () => {
    vi.useFakeTimers();
    const asleep = Array.from({ length: 100 }, () => {
      const one = { ...sleeper(), since: now() };
      Alarm.set(now() + 4000, one);
      vi.advanceTimersByTime(1);
      return one;
    });
    expect(vi.getTimerCount()).toBeLessThanOrEqual(3);
    vi.advanceTimersByTime(5000);
    const waits = asleep.map(({ wakings, since }) => (wakings[0] as number) - since);
    expect(asleep.every(({ wakings }) => wakings.length === 1)).toBe(true);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(4064);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one that is cancelled while others are woken is not; the last one takes the timer along', () => {
    vi.useFakeTimers();
    const second = sleeper();
    const first = { wake: () => alarm.cancel(second) };
    const alarm = Alarm.set(now() + 5000, first);
    expect(Alarm.set(now() + 5000, second)).toBe(alarm);
    vi.advanceTimersByTime(6000);
    expect(second.wakings).toEqual([]);
    Alarm.set(now() + 5000, second).cancel(second);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('set anew by who is woken', () => {
    vi.useFakeTimers();
    let wakings = 0;
    const restless = {
      wake(): void {
        wakings++;
        Alarm.set(now() + (wakings < 3 ? 0 : 5000), restless);
      },
    };
    Alarm.set(now() + 5000, restless);
    vi.advanceTimersByTime(6000);
    expect(wakings).toBe(3);
  });

  test('a delay longer than timers can be is not none', () => {
    vi.useFakeTimers();
    const one = sleeper();
    Alarm.set(Number.POSITIVE_INFINITY, one);
    vi.advanceTimersByTime(1_000_000);
    expect(one.wakings).toEqual([]);
  });
});

describe('who throws stands in nobody else’s way', () => {
  const fail = (): never => {
    throw new Error('no');
  };

  test('at the end of a turn', () => {
    vi.useFakeTimers();
    const seen: string[] = [];
    atEndOfTurn(() => seen.push('one'));
    atEndOfTurn(fail);
    atEndOfTurn(() => seen.push('two'));
    atEndOfTurn(fail);
    atEndOfTurn(() => seen.push('three'));
    expect(() => vi.runAllTimers()).toThrow('no');
    expect(() => vi.runAllTimers()).toThrow('no');
    atEndOfTurn(() => seen.push('four'));
    vi.runAllTimers();
    expect(seen.toSorted()).toEqual(['four', 'one', 'three', 'two']);
  });

  test('when an alarm goes off', () => {
    vi.useFakeTimers();
    const woken: string[] = [];
    const time = now() + 5000;
    Alarm.set(time, { wake: () => woken.push('one') });
    Alarm.set(time, { wake: fail });
    Alarm.set(time, { wake: () => woken.push('two') });
    expect(() => vi.advanceTimersByTime(6000)).toThrow('no');
    vi.advanceTimersByTime(1);
    expect(woken).toEqual(['one', 'two']);
    expect(vi.getTimerCount()).toBe(0);
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
