import { expect, test } from 'vitest';
import type { PairResult } from '../src/pair.js';
import { tableOf, withTable } from '../src/table.js';

const kept = { name: 'one', duration: 1 };
const broken = { name: 'two', duration: 1, complaint: 'something else came' };

test('a row for each client, a column for each server; what was not tried is said to be so', () => {
  const results: PairResult[] = [
    { client: 'Bun', server: 'Bun', verdicts: [kept, kept] },
    { client: 'Bun', server: 'Deno', verdicts: [kept, broken] },
    { client: 'Chromium', server: 'Bun', verdicts: [kept] },
  ];
  expect(tableOf(results)).toBe(
    [
      '| | to Bun | to Deno |',
      '| --- | --- | --- |',
      '| from Bun | 2 | 1, not 1 |',
      '| from Chromium, in a page | 1 | not tried |',
    ].join('\n'),
  );
});

test('the table takes its place between the marks, and nothing else changes', () => {
  const marks = ['<!-- run-times: written by `pnpm runtimes` from here -->', '<!-- run-times: to here -->'] as const;
  const text = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`;
  expect(withTable(text, 'new')).toBe(`before\n${marks[0]}\nnew\n${marks[1]}\nafter\n`);
  expect(() => withTable('before', 'new')).toThrow('once each');
  expect(() => withTable(text + text, 'new')).toThrow('once each');
});
