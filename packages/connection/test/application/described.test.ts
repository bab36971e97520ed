import { expect, test } from 'vitest';
import { described, shortened, undisclosed } from '../../src/application/described.js';
import { toPayload } from '../../src/application/payload.js';

class Order {}

const itself: unknown[] = [];
itself.push(itself, 'a', new Uint8Array(3), 4, 5, 6);

const VALUES: [value: unknown, text: string][] = [
  ['text', '"text"'],
  ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  [5, '5'],
  [5n, '5n'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [Symbol('s'.repeat(100)), `Symbol(${'s'.repeat(73)}…`],
  [() => {}, 'a function'],
  [[], '[]'],
  [[1, 'b'], '[1, "b"]'],
  [itself, '[a list of 6, "a", a Uint8Array of 3, 4, 5, …]'],
  [new Uint8Array(3), 'a Uint8Array of 3'],
  [new Float32Array(3), 'an object of class Float32Array'],
  [{}, 'an object'],
  [new Order(), 'an object of class Order'],
  [Object.create(null), 'an object'],
  [{ constructor: { name: 5 } }, 'an object'],
  [Promise.resolve(), 'a promise, which has to be awaited first'],
];

test.each(VALUES)('%#', (value, text) => {
  expect(described(value)).toBe(text);
});

test('a Proxy that throws at every access', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [proxy, [proxy]]) {
    expect(described(value)).toMatch(/an object that cannot be read/);
    expect(undisclosed(value)).toMatch(/^(an object that cannot be read|a list of 1)$/);
  }
});

test('what is secret is not quoted', () => {
  expect(['secret', '', ['secret'], { secret: 1 }, new Uint8Array(3), 5].map(undisclosed)).toEqual([
    'a string of 6',
    '""',
    'a list of 1',
    'an object',
    'a Uint8Array of 3',
    '5',
  ]);
});

test('text is cut', () => {
  expect([shortened('x'.repeat(80)), shortened('x'.repeat(81))]).toEqual(['x'.repeat(80), `${'x'.repeat(80)}…`]);
});

test('a payload that is none is named', () => {
  expect(() => toPayload(Promise.resolve('x'))).toThrow(
    /^payload: .* expected, got a promise, which has to be awaited/,
  );
  expect(() => toPayload(12)).toThrow(/got 12$/);
});
