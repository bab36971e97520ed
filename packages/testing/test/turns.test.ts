import { afterEach, expect, test, vi } from 'vitest';
import type * as testing from '../src/index.js';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function load(): Promise<typeof testing> {
  vi.resetModules();
  return await import('../src/index.js');
}

test.each([
  ['replaced by fake timers', () => void vi.useFakeTimers()],
  ['hidden, as in jsdom', () => void vi.stubGlobal('setImmediate', undefined)],
  [
    'hidden, with Node itself, as in a page',
    () => {
      vi.stubGlobal('setImmediate', undefined);
      vi.stubGlobal('process', undefined);
    },
  ],
  [
    'hidden, and no MessageChannel',
    () => {
      for (const name of ['setImmediate', 'process', 'MessageChannel']) vi.stubGlobal(name, undefined);
    },
  ],
])('%s when this package loads: turns pass, transports deliver, and a clock goes on', async (_title, replace) => {
  replace();
  const { createTransportPair, FakeClock, RecordingSink, turns } = await load();
  await turns(3);
  const [left, right] = createTransportPair();
  const sink = new RecordingSink();
  right.start(sink);
  left.start(new RecordingSink());
  left.write([new Uint8Array([1])]);
  await sink.until(() => sink.length === 1);
  const clock = new FakeClock();
  const called = vi.fn();
  clock.setTimer(called, 10);
  await clock.advance(10);
  expect(called).toHaveBeenCalledOnce();
});
