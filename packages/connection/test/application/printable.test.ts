import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines } from '../../src/application/printable.js';
import { propertyTest } from '../support/property.js';

test('what a terminal may obey is escaped, and nothing else', () => {
  expect(printable('grün \u{1f600} "it"')).toBe('grün \u{1f600} "it"');
  expect(printable('a\x1b[31mb\r\nc\x9bd\u2028e\u202ef')).toBe('a\\x1b[31mb\\x0d\\x0ac\\x9bd\\u{2028}e\\u{202e}f');
  expect(printableLines('a\n\tb\r\x1b')).toBe('a\n\tb\\x0d\\x1b');
});

test('one line is cut', () => {
  expect(printable('x'.repeat(300))).toBe(`${'x'.repeat(200)}…`);
  expect(printable('abc', 2)).toBe('ab…');
});

propertyTest(
  'no text reaches a log as more than a line',
  200,
  fc.property(fc.string({ unit: 'binary' }), (text) => {
    expect(printable(text)).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u);
  }),
);
