import { expect, it } from 'vitest';
import { cells } from '../../src/echo/cells.js';
import { goals, renderGoals } from '../../src/echo/goals.js';
import { madeReport } from './reports.js';

it('has a goal for every cell, beside the tuned ws and the plain one', () => {
  const wanted = ['ws-tuned', 'ws'].flatMap((baseline) => cells.map(({ name }) => `${name} ${baseline}`));
  expect(goals.map(({ cell, baseline }) => `${cell} ${baseline}`)).toEqual(wanted);
});

it('says what was reached and what was missed, of what was measured', () => {
  const report = madeReport(
    {
      a: { webson: { 'ws-tuned': 1.2, ws: 1.49 }, bun: { ws: 9 } },
      b: { webson: { ws: 30 } },
      z: { webson: { ws: 1 } },
    },
    { baselines: ['ws-tuned', 'ws'] },
  );
  expect(renderGoals(report)).toEqual([
    'goals, webson to ws-tuned: a 1.20 of 1.2',
    'goals, webson to ws: a 1.49 of 1.5 MISSED, b 30.00 of 27',
  ]);
  expect(renderGoals(madeReport({ a: { bun: { ws: 2 } } }))).toEqual([]);
});
