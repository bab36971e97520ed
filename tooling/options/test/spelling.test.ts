import { expect, test } from 'vitest';
import { defaultOf, mentions, rangeOf } from '../src/spelling.js';

test.each([
  [0, 9, undefined, '0 to 9'],
  [1, 2 ** 53 - 1, undefined, 'at least 1'],
  [1, 2 ** 31 - 1, undefined, '1 to 2^31 - 1'],
  [512, 2 ** 20, undefined, '512 to 2^20'],
  [1, 2 ** 31 - 1, 'ms', 'ms, at least 1'],
  [1 - 2 ** 31, 2 ** 31 - 1, 'ms', 'ms'],
] as const)('%d to %d, %s: %s', (min, max, unit, range) => {
  expect(rangeOf(min, max, unit)).toBe(range);
});

test('a number in any spelling, as a word of its own', () => {
  for (const text of ['1048576', '1,048,576', '1 MiB', '1024 KiB', '2^20']) expect(mentions(text, 2 ** 20)).toBe(true);
  expect(mentions('2^31 - 1', 2 ** 31 - 1)).toBe(true);
  for (const text of ['10485760', '11 MiB', '2^201', '']) expect(mentions(text, 2 ** 20)).toBe(false);
});

test('defaults for people', () => {
  expect(['rfc', 5, false, [], {}, () => {}, undefined].map(defaultOf)).toEqual([
    "`'rfc'`",
    '`5`',
    '`false`',
    'none',
    '',
    '',
    '',
  ]);
});
