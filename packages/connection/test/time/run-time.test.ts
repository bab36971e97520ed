import { setImmediate as immediate, setTimeout as timer } from 'node:timers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as clockModule from '../../src/time/clock.js';
import type * as runTimeModule from '../../src/time/run-time.js';

type RunTime = typeof runTimeModule;

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function load(): Promise<RunTime> {
  vi.resetModules();
  return await import('../../src/time/run-time.js');
}

/** The ways in which tests take the timers of the run-time away; none of the replacements ever calls anything. */
const replacements: [string, () => void][] = [
  ['all that can be faked', () => vi.useFakeTimers()],
  ['setImmediate alone', () => vi.useFakeTimers({ toFake: ['setImmediate'] })],
  ['clearTimeout alone', () => vi.useFakeTimers({ toFake: ['clearTimeout'] })],
  [
    'by hand',
    () => {
      for (const name of ['setTimeout', 'setImmediate', 'setInterval']) vi.stubGlobal(name, () => 1);
      for (const name of ['clearTimeout', 'clearImmediate']) vi.stubGlobal(name, () => {});
      vi.stubGlobal('performance', { now: () => 0 });
    },
  ],
  [
    'by what throws',
    () => {
      const fail = (): never => {
        throw new Error('no timers here');
      };
      for (const name of ['setTimeout', 'setImmediate', 'clearTimeout']) vi.stubGlobal(name, fail);
    },
  ],
];

describe.each(replacements)('replaced: %s', (_name, replace) => {
  test.each(['after', 'before'])(
    '%s it was loaded: it goes on, and nothing is lost when they come back',
    async (when) => {
      let runTime: RunTime;
      if (when === 'before') replace();
      runTime = await load();
      if (when === 'after') replace();
      const since = runTime.readTime();
      await new Promise<void>((resolve) => runTime.inNextTurn(resolve));
      await new Promise<void>((resolve) => runTime.setTimer(resolve, 20));
      expect(runTime.readTime() - since).toBeGreaterThan(0);
      const cancelled = vi.fn();
      runTime.clearTimer(runTime.setTimer(cancelled, 0));
      const pending = [
        new Promise<void>((resolve) => runTime.inNextTurn(resolve)),
        new Promise<void>((resolve) => runTime.setTimer(resolve, 10)),
      ];
      vi.useRealTimers();
      vi.unstubAllGlobals();
      await Promise.all(pending);
      await new Promise<void>((resolve) => runTime.setTimer(resolve, 10));
      expect(cancelled).not.toHaveBeenCalled();
    },
  );
});

describe('those of the modules replaced, too', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  test('it takes the real ones once they are there', async () => {
    const runTime = await load();
    runTime.setTimer(() => {}, 0);
    vi.useRealTimers();
    const made = runTime.setTimer(() => {}, 0);
    expect(made.constructor).toBe(timer(() => {}, 0).constructor);
    runTime.clearTimer(made);
  });

  test('it leaves nothing behind in the fake clock', async () => {
    const runTime = await load();
    runTime.setTimer(() => {}, 1000);
    runTime.inNextTurn(() => {});
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('what is due in the next turn comes after the microtasks, in order', async () => {
  const { inNextTurn } = await load();
  const seen: number[] = [];
  inNextTurn(() => seen.push(2));
  inNextTurn(() => seen.push(3));
  queueMicrotask(() => seen.push(1));
  await new Promise<void>((resolve) => immediate(resolve));
  expect(seen).toEqual([1, 2, 3]);
});

describe('in workerd', () => {
  /** The timers of one request after the other: those of a request that has ended are never called. */
  class Requests {
    #timers = new Map<number, () => void>();
    #ids = 0;

    constructor() {
      vi.stubGlobal('WebSocketPair', class {});
      vi.stubGlobal('setTimeout', (action: () => void) => {
        this.#timers.set(++this.#ids, action);
        return this.#ids;
      });
      vi.stubGlobal('clearTimeout', (id: number) => this.#timers.delete(id));
      vi.stubGlobal('MessageChannel', undefined);
    }

    get count(): number {
      return this.#timers.size;
    }

    begin(): void {
      this.#timers.clear();
    }

    run(): void {
      const timers = [...this.#timers.values()];
      this.#timers.clear();
      for (const action of timers) action();
    }
  }

  async function loadClock(): Promise<typeof clockModule> {
    vi.resetModules();
    return await import('../../src/time/clock.js');
  }

  test('nothing is begun while it loads', async () => {
    const requests = new Requests();
    await loadClock();
    expect(requests.count).toBe(0);
  });

  test('what a request leaves undone when it ends holds up no other one', async () => {
    const requests = new Requests();
    const { Alarm, atEndOfTurn, now } = await loadClock();
    const seen: string[] = [];
    for (const request of ['first', 'second']) {
      requests.begin();
      atEndOfTurn(() => seen.push(`${request} turn`));
      // Alarms that are far away are shared elsewhere.
      Alarm.set(Math.ceil(now() / 64) * 64 + 10_000, { wake: () => seen.push(`${request} alarm`) });
    }
    requests.run();
    expect(seen).toEqual(['second turn', 'second alarm']);
  });

  test('two actions of a turn keep their order', async () => {
    const requests = new Requests();
    const { atEndOfTurn } = await loadClock();
    const seen: number[] = [];
    for (const each of [1, 2, 3]) atEndOfTurn(() => void seen.push(each));
    requests.run();
    expect(seen).toEqual([1, 2, 3]);
  });
});

test('without a MessageChannel, and without the modules of Node, a timer does', async () => {
  vi.stubGlobal('process', {});
  vi.stubGlobal('setImmediate', undefined);
  vi.stubGlobal('MessageChannel', undefined);
  const { inNextTurn } = await load();
  await new Promise<void>((resolve) => inNextTurn(resolve));
});
