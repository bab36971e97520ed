import { benchOf } from '../echo/run.js';
import type { Bench } from '../harness/bench.js';
import { churnCells } from './cells.js';
import { runChurns } from './churn.js';
import { renderChurn, summarizeChurn } from './report.js';

/** Connections opened, used once and closed, per second. */
export const bench: Bench = benchOf(
  {
    name: 'churn',
    about: 'Connections per second: opened, used for one echo, closed; so many at a time.',
    cells: churnCells,
  },
  { run: runChurns, summarize: summarizeChurn, render: renderChurn },
);
