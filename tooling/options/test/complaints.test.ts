import { expect, test } from 'vitest';
import { complaintsAbout } from '../src/complaints.js';
import type { Kind } from '../src/tables.js';

const about = (text: string, kind: Kind): string[] =>
  complaintsAbout('Options', [{ name: 'one', type: 'number', text }], { one: kind });

const range: Kind = { min: 4096, max: 32_767, default: 16_384 };

test.each<[string, Kind]>([
  ['4096 to 32767, 16384 by default.', range],
  ['At least 4 KiB and at most 2^15 - 1; default: 16 KiB.', range],
  ['False by default.', { default: false }],
  ["'rfc' by default.", { default: 'rfc' }],
  ['None by default.', { default: [] }],
  ['All at a time by default; all of them.', { min: 1, max: 2 ** 53 - 1, default: Number.POSITIVE_INFINITY }],
  ['10000 by default, 0 or less for none.', { min: -5, max: 5, unit: 'ms', default: 10_000 }],
  ['Whatever.', { default: {} }],
  ['Whatever.', {}],
])('nothing is missing: %s', (text, kind) => {
  expect(about(text, kind)).toEqual([]);
});

test.each<[string, Kind, string]>([
  ['', {}, 'does not say anything'],
  ['4096 to 32767.', range, 'does not say its default, 16384'],
  ['4096 to 32767, 163840 by default.', range, 'does not say its default, 16384'],
  ['4096 to 32767, 1.16384 by default.', range, 'does not say its default, 16384'],
  ['Up to 32767, 16384 by default.', range, 'does not say its least value, 4096'],
  ['From 4096, 16384 by default.', range, 'does not say its largest value, 32767'],
  ['True by default.', { default: false }, 'does not say its default, false'],
  ["'go' by default.", { default: 'rfc' }, 'does not say its default, rfc'],
  ['By default.', { default: [] }, 'does not say its default'],
])('something is missing: %s', (text, kind, complaint) => {
  expect(about(text, kind)).toEqual([expect.stringContaining(complaint)]);
});

test('an option that only the table, or only the interface, has', () => {
  expect(complaintsAbout('Options', [], { one: {} })).toEqual(['Options does not describe one.']);
  expect(complaintsAbout('Options', [{ name: 'one', type: '', text: 'One.' }], {})).toEqual([
    'Options.one is not in the table: it would be refused.',
  ]);
});
