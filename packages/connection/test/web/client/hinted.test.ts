import { expect, test } from 'vitest';
import { resolveDrainOptions } from '../../../src/lifecycle/drain.js';
import { dial } from '../../../src/web/client/dial.js';
import { hinted } from '../../../src/web/client/hinted.js';

// Nothing of Node is imported here, with which all hints would be at hand.

test('an option of another library is known in a page once a wrong one was given', async () => {
  const drain = (): unknown => resolveDrainOptions({ maxPayload: 1 } as object);
  expect(drain).toThrow('maxPayload: no such option, got 1; there are ');
  await expect(dial('ws://127.0.0.1:9', { maxPayload: 1 } as object)).rejects.toThrow(
    'maxPayload: no such option, got 1; here it is maxMessageSize',
  );
  expect(drain).toThrow('maxPayload: no such option, got 1; here it is maxMessageSize');
});

test('what is made at once is not waited for, and other errors are thrown at once', () => {
  const error = new Error('other');
  expect(hinted(() => 3)).toBe(3);
  expect(() =>
    hinted(() => {
      throw error;
    }),
  ).toThrow(error);
});
