import { benchOf } from '../echo/run.js';
import type { Bench } from '../harness/bench.js';
import { growthCells } from './cells.js';
import { runGrowth, withinLimits } from './growth.js';
import { renderGrowth, summarizeGrowth } from './report.js';

/** What more connections, and larger messages, cost a server in time and memory. */
export const bench: Bench = benchOf(
  {
    name: 'growth',
    about: 'Pace and memory of servers with more and more connections, and with larger and larger messages.',
    cells: growthCells,
  },
  { limit: withinLimits, run: runGrowth, summarize: summarizeGrowth, render: renderGrowth },
);
