import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { between, exercises, otherTraffic } from '../exercises.js';

const DEFAULT = undefined;
const ALL_BUT_TICKS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'hrtime',
  'performance',
  'queueMicrotask',
];

let other;
beforeAll(async () => {
  other = await otherTraffic(await import('webson'));
});
afterAll(() => other.stop());
afterEach(() => vi.useRealTimers());

function load() {
  vi.resetModules();
  return import('webson');
}

describe.each([
  ['the default ones', DEFAULT],
  ['all', ALL_BUT_TICKS],
])('fake timers, %s', (_title, toFake) => {
  const replace = () => vi.useFakeTimers({ toFake, now: 0 });
  const restore = () => vi.useRealTimers();

  test.each(Object.entries(exercises))('before import: %s', async (_name, exercise) => {
    replace();
    await exercise(await load());
    expect(vi.isFakeTimers()).toBe(true);
  });

  test.each(Object.entries(exercises))('between import and dial: %s', async (_name, exercise) => {
    const webson = await load();
    replace();
    await exercise(webson);
    expect(vi.isFakeTimers()).toBe(true);
  });

  test('between dial and traffic, and removed in the middle', async () => {
    await between(await load(), [() => {}, replace, restore, replace, restore]);
  });

  test('before import, and removed in the middle', async () => {
    replace();
    await between(await load(), [() => {}, restore, replace, restore]);
  });
});
