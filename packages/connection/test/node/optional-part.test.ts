import { expect, test } from 'vitest';
import { OptionalPart } from '../../src/node/optional-part.js';
import { WebsonError } from '../../src/protocol/contract/errors.js';

test('is loaded when it is first asked for, once, and then is there', async () => {
  let loads = 0;
  const part = new OptionalPart('enableIt', async () => `load ${++loads}`);
  expect(loads).toBe(0);
  const asked = [part.get(), part.get()];
  expect(asked[0]).toBeInstanceOf(Promise);
  expect(await Promise.all(asked)).toEqual(['load 1', 'load 1']);
  expect(part.get()).toBe('load 1');
});

test('that cannot be loaded says for which option, to all that wait; who asks later has another chance', async () => {
  const cause = new Error('no such file');
  let isThere = false;
  const part = new OptionalPart('enableIt', async () => {
    if (!isThere) throw cause;
    return 'loaded';
  });
  for (const asked of [part.get(), part.get()]) {
    const error = await Promise.resolve(asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WebsonError);
    expect(error).toMatchObject({ code: 'LOAD_FAILED', message: expect.stringMatching(/^enableIt: /), cause });
  }
  isThere = true;
  expect(await part.get()).toBe('loaded');
});
