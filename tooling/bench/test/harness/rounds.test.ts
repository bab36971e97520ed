import { expect, it } from 'vitest';
import { turns } from '../../src/harness/rounds.js';

function shown(order: Parameters<typeof turns<string, string>>[0]): string[] {
  return [...turns(order)].map(({ round, cell, contender }) => `${round} ${cell} ${contender}`);
}

it('goes through all cells in a round, and takes the contenders forth, then back', () => {
  expect(shown({ rounds: 2, cells: ['a', 'b'], contenders: () => ['x', 'y'] })).toEqual([
    ...['1 a x', '1 a y', '1 b x', '1 b y'],
    ...['2 a y', '2 a x', '2 b y', '2 b x'],
  ]);
});

it('measures in a cell who is measured there', () => {
  expect(shown({ rounds: 1, cells: ['a', 'b'], contenders: (cell) => [`${cell}1`] })).toEqual(['1 a a1', '1 b b1']);
});

it('warms up ahead of the first round, in turns as well', () => {
  expect(shown({ rounds: 1, warmups: 2, cells: ['a'], contenders: () => ['x', 'y'] })).toEqual([
    ...['-1 a x', '-1 a y'],
    ...['0 a y', '0 a x'],
    ...['1 a x', '1 a y'],
  ]);
});
