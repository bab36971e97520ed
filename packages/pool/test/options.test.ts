import { expect, test } from 'vitest';
import { resolvePoolOptions } from '../src/options.js';

test('defaults', () => {
  expect(resolvePoolOptions({})).toEqual({
    name: 'pool',
    size: 65_536,
    clientRetry: 0,
    retryInterval: 1000,
    maxRetryInterval: 30_000,
    minUptime: 5000,
    retryOn: expect.any(Function),
    slowConsumer: 'drop',
    highWaterMark: 1_048_576,
    stallTimeout: 10_000,
  });
});

test('any number of attempts', () => {
  expect(resolvePoolOptions({ clientRetry: Number.POSITIVE_INFINITY }).clientRetry).toBe(Number.POSITIVE_INFINITY);
});

test.each<[string, unknown]>([
  ['size', 0],
  ['size', 1.5],
  ['size', Number.NaN],
  ['clientRetry', -1],
  ['retryInterval', -1],
  ['maxRetryInterval', 2 ** 31],
  ['minUptime', -1],
  ['minUptime', 0.5],
  ['retryOn', true],
  ['slowConsumer', 'wait for it'],
  ['highWaterMark', 0],
  ['stallTimeout', 0],
  ['name', 5],
  ['name', null],
  ['size', '5'],
  ['clientRetry', null],
  ['slowConsumer', null],
  ['slowConsumer', Object.create(null)],
  ['highWaterMark', {}],
])('%s: %s is wrong', (name, value) => {
  const error = expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(`${name}: `) });
  expect(() => resolvePoolOptions({ [name]: value })).toThrow(error);
});

test('what is no options', () => {
  for (const none of [null, 'text', 5, []]) {
    const error = expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining('options: ') });
    expect(() => resolvePoolOptions(none as object)).toThrow(error);
  }
});
