import { expect, test } from 'vitest';
import { toError } from '../src/thrown.js';

test('an Error is what it is', () => {
  const error = new TypeError('no');
  expect(toError(error)).toBe(error);
});

test.each<[unknown, string]>([
  ['text', 'text was thrown'],
  [undefined, 'undefined was thrown'],
  [Symbol('sign'), 'Symbol(sign) was thrown'],
  [{ toString: () => 'text' }, 'an object that is no Error was thrown'],
  // Whose text would be an exception.
  [Object.create(null), 'an object that is no Error was thrown'],
])('%# becomes one', (thrown, message) => {
  expect(toError(thrown)).toMatchObject({ message, cause: thrown });
});
