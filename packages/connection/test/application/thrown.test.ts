import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { isA, toError } from '../../src/application/thrown.js';
import { hostileValues } from '../support/hostile-values.js';

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

test('an Error of another realm is one, too', () => {
  const error: Error = runInNewContext('new RangeError("no")');
  expect(error).not.toBeInstanceOf(Error);
  expect(toError(error)).toBe(error);
});

test.each(hostileValues)('%s: an Error, whatever it is', (_name, create) => {
  expect(toError(create()) !== undefined).toBe(true);
});

test.each(hostileValues)('%s: is it one of a class', (_name, create) => {
  expect(isA(create(), SyntaxError)).toBe(false);
});

test('what is one of a class is', () => {
  expect(isA(new TypeError('no'), TypeError)).toBe(true);
  expect(isA(new TypeError('no'), Error)).toBe(true);
});
