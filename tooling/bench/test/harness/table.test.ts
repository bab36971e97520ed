import { expect, it } from 'vitest';
import { alignedRow, describeSize, markdownTable, range, table, whole } from '../../src/harness/table.js';

it('aligns columns, the first to the left', () => {
  expect(
    table([
      ['a', '10'],
      ['bb', '9'],
    ]),
  ).toEqual(['a   10', 'bb   9']);
  expect(
    table(
      [
        ['a', 'x', '1'],
        ['b', 'yy', '22'],
      ],
      2,
    ),
  ).toEqual(['a  x    1', 'b  yy  22']);
});

it('has rows in columns of given widths', () => {
  expect(alignedRow(['a', '1', ''], [3, 4, 2])).toBe('a       1');
});

it('writes Markdown', () => {
  expect(
    markdownTable([
      ['a', 'b'],
      ['1', '2'],
    ]),
  ).toEqual(['| a | b |', '| --- | --- |', '| 1 | 2 |']);
});

it('writes numbers, ranges and sizes', () => {
  expect(whole(1234.5)).toBe('1,235');
  expect(range({ min: 1, max: 2.345 })).toBe('1.00 – 2.35');
  expect(range({ min: 1, max: 2.345 }, 1)).toBe('1.0 – 2.3');
  expect([20, 1024, 1536, 65_536, 1_048_576].map(describeSize)).toEqual(['20 B', '1 KiB', '1536 B', '64 KiB', '1 MiB']);
});
