import { afterEach, beforeEach, expect, test } from 'vitest';
import { spared } from '../../src/application/spared.js';
import { ClosedError, MessageCancelledError } from '../../src/protocol/contract/errors.js';
import { turns } from '../support/turns.js';

let unhandled: unknown[] = [];
let before: NodeJS.UnhandledRejectionListener[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

// The test runner listens too, and would take what is wanted here for a fault.
beforeEach(() => {
  unhandled = [];
  before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', onUnhandled);
});

afterEach(() => {
  process.removeAllListeners('unhandledRejection');
  for (const listener of before) process.on('unhandledRejection', listener);
});

test('settles as the promise does', async () => {
  const error = new Error('failed');
  expect(await spared(Promise.resolve(1))).toBe(1);
  await expect(spared(Promise.reject(error))).rejects.toBe(error);
  await expect(spared(Promise.reject(new ClosedError('gone')))).rejects.toBeInstanceOf(ClosedError);
  await turns(3);
  expect(unhandled).toEqual([]);
});

test('what the peer has done, and nobody looks at, does not reach the process', async () => {
  void spared(Promise.reject(new ClosedError('gone')));
  void spared(Promise.reject(new MessageCancelledError('given up')));
  await turns(3);
  expect(unhandled).toEqual([]);
});

test('what is the application’s own does', async () => {
  const error = new Error('the source failed');
  void spared(Promise.reject(error));
  while (unhandled.length === 0) await turns(1);
  expect(unhandled).toEqual([error]);
});
