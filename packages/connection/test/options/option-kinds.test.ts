import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  ANYTHING,
  BOOLEAN,
  checkOptions,
  eitherOf,
  FUNCTION,
  isBytes,
  isRecord,
  listOf,
  type OptionKind,
  RECORD,
  SIGNAL,
  STRING,
  shown,
} from '../../src/options/option-kinds.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';

const nameless = Object.create(null) as object;
const VALUES = [null, true, 0, Number.NaN, 1n, 'text', Symbol('s'), [], {}, nameless, () => {}, new Uint8Array(1)];

test.each<[string, OptionKind, unknown[]]>([
  ['BOOLEAN', BOOLEAN, [true]],
  ['STRING', STRING, ['text']],
  ['FUNCTION', FUNCTION, [VALUES[10]]],
  ['RECORD', RECORD, [VALUES[8], nameless, VALUES[11]]],
  ['SIGNAL', SIGNAL, []],
  ['ANYTHING', ANYTHING, VALUES],
  ['listOf', listOf('', () => true), [VALUES[7]]],
  ['eitherOf', eitherOf(STRING, BOOLEAN), [true, 'text']],
])('%s takes what it is called after, and nothing else', (_name, kind, taken) => {
  expect(VALUES.filter(kind.accepts)).toEqual(taken);
});

test('a list is looked at element by element', () => {
  const { accepts } = listOf('', (text) => text.startsWith('a'));
  expect([['a', 'ab'], ['a', 'b'], ['a', 1], [null]].map(accepts)).toEqual([true, false, false, false]);
});

test('signals and bytes of another realm are what they are', () => {
  expect(SIGNAL.accepts(new AbortController().signal)).toBe(true);
  const foreign = { aborted: false, addEventListener() {}, removeEventListener() {} };
  expect(SIGNAL.accepts(foreign)).toBe(true);
  expect(isBytes(runInNewContext('new Uint8Array(4)'))).toBe(true);
  expect(isBytes(Buffer.alloc(4))).toBe(true);
  for (const other of [new Uint16Array(4), new DataView(new ArrayBuffer(4)), new ArrayBuffer(4), 'abcd', [1]]) {
    expect(isBytes(other)).toBe(false);
  }
});

test('isRecord', () => {
  expect([{}, nameless, [], null, 'text', () => {}].map(isRecord)).toEqual([true, true, false, false, false, false]);
});

describe('checkOptions', () => {
  const kinds = { flag: BOOLEAN, name: STRING };
  const check = (options: unknown): void => checkOptions('options', options as { flag?: boolean }, kinds);

  test('takes what is left out, or undefined', () => {
    for (const options of [{}, { flag: undefined }, { flag: false, name: '' }, { other: 1 }]) check(options);
  });

  test.each([
    [{ flag: null }, 'flag: true or false expected, got null'],
    [{ flag: true, name: 5 }, 'name: a string expected, got 5'],
    [{ name: nameless }, 'name: a string expected, got [object Object]'],
    [null, 'options: an object expected, got null'],
    ['text', 'options: an object expected, got "text"'],
    [[], 'options: an object expected, got [object Array]'],
  ])('says what is wrong with %o', (options, message) => {
    expect(() => check(options)).toThrow(new ConfigError(message));
  });
});

test('any value can be shown', () => {
  for (const value of VALUES) expect(shown(value)).not.toBe('');
  expect(shown('x'.repeat(1000)).length).toBeLessThan(90);
});
