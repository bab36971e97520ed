import { expect, test } from 'vitest';
import { described } from '../../src/application/described.js';
import { toPayload } from '../../src/application/payload.js';

class Order {}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

test.each<[unknown, string]>([
  ['text', '"text"'],
  ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
  [5, 'the number 5'],
  [5n, 'the bigint 5'],
  [true, 'the boolean true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol('s'), 'the symbol Symbol(s)'],
  [() => {}, 'a function'],
  [[1], 'an object of class Array'],
  [{}, 'an object of class Object'],
  [new Order(), 'an object of class Order'],
  [Object.create(null), 'an object'],
  [Promise.resolve(), 'a promise, which has to be awaited first'],
])('%o', (value, text) => {
  expect(described(value)).toBe(text);
});

test('a Proxy that throws at every access', () => {
  expect(described(revoked.proxy)).toBe('an object');
});

test('a payload that is none is named', () => {
  expect(() => toPayload(Promise.resolve('x'))).toThrow(
    /^payload: .* expected, got a promise, which has to be awaited/,
  );
  expect(() => toPayload(12)).toThrow(/got the number 12$/);
});
