import { expect, test } from 'vitest';
import { unknownOption, useHints } from '../../src/options/unknown-option.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';

const kinds = { first: {}, second: {} };

test('says where an option is that another object has', () => {
  const elsewhere = { kinds: { timeout: {} }, hint: 'it is an option of another' };
  const hint = (name: string): string => unknownOption('', name, 5, kinds, kinds, elsewhere).message;
  expect(hint('timeout')).toBe('timeout: no such option, got 5; it is an option of another');
  expect(hint('toString')).toBe('toString: no such option, got 5; there are first, second');
});

test('lists the options that there are, as they are written, until it is given other hints', () => {
  expect(unknownOption('', 'third', 'secret', kinds)).toEqual(
    new ConfigError('third: no such option, got a string of 6; there are first, second'),
  );
  expect(unknownOption('outer.', 'third', 5, kinds, { outer: {} }).message).toBe(
    'outer.third: no such option, got 5; there are outer.first, outer.second',
  );
  useHints((...given) => JSON.stringify(given));
  expect(unknownOption('outer.', 'third', 5, kinds).message).toContain('; ["outer.","third",');
});
