import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { isBytes } from '../../src/application/described.js';
import {
  BOOLEAN,
  BYTES,
  delay,
  eitherOf,
  FALSE,
  FUNCTION,
  fieldsOf,
  INFINITE,
  integer,
  isRecord,
  listOf,
  type OptionKind,
  oneOf,
  RECORD,
  SIGNAL,
  STRING,
  TEXT,
} from '../../src/options/option-kinds.js';

const nameless = Object.create(null) as object;
const VALUES = [null, true, 0, Number.NaN, 1n, 'text', Symbol('s'), [], {}, nameless, () => {}, new Uint8Array(1)];

test.each<[string, OptionKind, unknown[]]>([
  ['BOOLEAN', BOOLEAN, [true]],
  ['STRING', STRING, ['text']],
  ['FUNCTION', FUNCTION, [VALUES[10]]],
  ['RECORD', RECORD, [VALUES[8], nameless, VALUES[11]]],
  ['SIGNAL', SIGNAL, []],
  ['FALSE', FALSE, []],
  ['INFINITE', INFINITE, []],
  ['TEXT', TEXT, ['text']],
  ['BYTES', BYTES, [VALUES[11]]],
  ['integer', integer(5), [0]],
  ['delay', delay(5), []],
  ['oneOf', oneOf('text', 'other'), ['text']],
  ['fieldsOf', fieldsOf({}), [VALUES[8], nameless, VALUES[11]]],
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

test('what is empty is no text, and no bytes', () => {
  expect(TEXT.accepts('')).toBe(false);
  expect(BYTES.accepts(new Uint8Array(0))).toBe(false);
});

test('an integer says its range and its default', () => {
  expect(integer(5)).toMatchObject({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 5 });
  expect(delay(5)).toMatchObject({ min: 1, max: 2 ** 31 - 1, expected: 'an integer from 1 to 2147483647' });
  for (const wrong of [0.5, -1, 2 ** 53, Number.NaN, '5']) expect(integer(5).accepts(wrong)).toBe(false);
});

test('either of several: all that the first says, the values of all of them, and each taken by its own kind', () => {
  const kind = eitherOf(
    integer(7, 1),
    FALSE,
    listOf('a list', () => true),
  );
  expect(kind).toMatchObject({ default: 7, min: 1, expected: `${integer(7, 1).expected} or false or a list` });
  expect([7, false, [], true, 0].map(kind.accepts)).toEqual([true, true, true, false, false]);
  const list = ['a'];
  const taken = kind.take?.(list as never);
  expect(taken).toEqual(list);
  expect(taken).not.toBe(list);
  expect(kind.take?.(false as never)).toBe(false);
});
