import { afterEach, describe, expect, jest, test } from '@jest/globals';
import * as webson from 'webson';
import { between, exercises, otherTraffic } from '../exercises.js';

afterEach(() => void jest.useRealTimers());

test.each(Object.entries(exercises))('%s', (_name, exercise) => exercise(webson));

describe.each([
  ['modern', {}],
  ['legacy', { legacyFakeTimers: true }],
])('%s fake timers', (_title, options) => {
  const replace = () => jest.useFakeTimers(options);
  const restore = () => jest.useRealTimers();

  test.each(Object.entries(exercises))('between import and dial: %s', async (_name, exercise) => {
    replace();
    await exercise(webson);
  });

  test('between dial and traffic, and removed in the middle, beside other traffic', async () => {
    const other = await otherTraffic(webson);
    await between(webson, [() => {}, replace, restore, replace, restore]);
    await other.stop();
  });
});

test('two copies in one process know nothing of each other, and talk', async () => {
  jest.resetModules();
  const copy = await import('webson');
  expect(copy.HandshakeError).not.toBe(webson.HandshakeError);
  await exercises['streams pass beside each other']({ ...webson, dial: copy.dial });
  await exercises['a pool dials again']({ ...copy, serve: webson.serve });
});
