import { describe, expect, test } from 'vitest';
import { deflateSections } from '../src/cases/deflate.js';
import { sections } from '../src/cases/index.js';
import { tcpCases } from '../src/cases/tcp.js';
import { samples } from '../src/cases/utf8-texts.js';
import { firstFault } from '../src/wire/utf8.js';
import { expectedLines } from './support.js';

const cases = sections.flatMap((section) => section.cases);
const deflateCases = deflateSections.flatMap((section) => section.cases);

describe('the tables', () => {
  test('every case has an id of its own and names its rule', () => {
    const all = [...cases, ...tcpCases, ...deflateCases];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { id, title, rule } of all) {
      expect(id).toMatch(/^[a-z0-9-]+(\/[a-zA-Z0-9-]+)+$/);
      expect(title).not.toBe('');
      expect(rule).toMatch(/^RFC (6455|7692) §\d+(\.\d+)*$/);
    }
  });

  test('none has vanished: as many as RESULTS.md says', () => {
    const lines = expectedLines();
    const counts = [
      ...[...sections, ...deflateSections].map(({ title, cases: { length } }) => [title, length]),
      ['TCP', tcpCases.length],
    ];
    for (const [title, count] of counts) {
      expect([title, lines.get(`${title}`)?.[2]]).toEqual([title, count?.toLocaleString('en-US')]);
    }
    expect(lines.get('all')?.[2]).toBe((cases.length + tcpCases.length + deflateCases.length).toLocaleString('en-US'));
  });
});

/** How many cases the Autobahn|Testsuite has in each group of its sections 1 to 7, 9, 10, 12 and 13. */
const AUTOBAHN: Readonly<Record<string, number>> = {
  '1.1': 8,
  '1.2': 8,
  '2': 11,
  '3': 7,
  '4.1': 5,
  '4.2': 5,
  '5': 20,
  '6.1': 3,
  '6.2': 4,
  '6.3': 2,
  '6.4': 4,
  '6.5': 5,
  '6.6': 11,
  '6.7': 4,
  '6.8': 2,
  '6.9': 4,
  '6.10': 3,
  '6.11': 5,
  '6.12': 8,
  '6.13': 5,
  '6.14': 10,
  '6.15': 1,
  '6.16': 3,
  '6.17': 5,
  '6.18': 5,
  '6.19': 5,
  '6.20': 7,
  '6.21': 8,
  '6.22': 34,
  '6.23': 7,
  '7.1': 6,
  '7.3': 6,
  '7.5': 1,
  '7.7': 13,
  '7.9': 9,
  '7.13': 2,
  '9.1': 6,
  '9.2': 6,
  '9.3': 9,
  '9.4': 9,
  '9.5': 6,
  '9.6': 6,
  '9.7': 6,
  '9.8': 6,
  '10.1': 1,
  '12.1': 18,
  '12.2': 18,
  '12.3': 18,
  '12.4': 18,
  '12.5': 18,
  '13.1': 18,
  '13.2': 18,
  '13.3': 18,
  '13.4': 18,
  '13.5': 18,
  '13.6': 18,
  '13.7': 18,
};

test('every case of the Autobahn|Testsuite has one here', () => {
  const wanted = Object.entries(AUTOBAHN).flatMap(([group, count]) => {
    return Array.from({ length: count }, (_, i) => `${group}.${i + 1}`);
  });
  const covered = new Set([...cases, ...deflateCases].flatMap(({ covers = [] }) => covers));
  expect(wanted).toHaveLength(517);
  expect(wanted.filter((id) => !covered.has(id))).toEqual([]);
  expect([...covered].filter((id) => !wanted.includes(id))).toEqual([]);
});

describe('where a text stops being UTF-8', () => {
  test.each(samples.map((sample) => [sample.name, sample] as const))('%s', (_, { bytes, fault }) => {
    expect(firstFault(bytes)).toBe(fault);
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    if (fault === undefined) {
      expect(new TextEncoder().encode(decoder.decode(bytes))).toEqual(bytes);
      return;
    }
    expect(() => decoder.decode(bytes)).toThrow(TypeError);
    // All that comes before the fault could still become a text.
    const before = new TextDecoder('utf-8', { fatal: true });
    before.decode(bytes.subarray(0, fault === 'end' ? bytes.length : fault), { stream: true });
    if (fault !== 'end') expect(() => before.decode(bytes.subarray(fault, fault + 1), { stream: true })).toThrow();
  });
});
