import { plainKinds } from '../echo/contenders/index.js';
import { choiceOf, planOptions, toPlan } from '../echo/options.js';
import { runSteps } from '../echo/run.js';
import { type Bench, defineBench } from '../harness/bench.js';
import { growthCells } from './cells.js';
import { runGrowth, withinLimits } from './growth.js';
import { renderGrowth, summarizeGrowth } from './report.js';

const choice = choiceOf({ cells: growthCells, servers: plainKinds });

/** What more connections, and larger messages, cost a server in time and memory. */
export const bench: Bench = defineBench({
  name: 'growth',
  about: 'Pace and memory of servers with more and more connections, and with larger and larger messages.',
  options: planOptions(choice),
  async run(given, output) {
    const plan = toPlan(given, { wsload: process.env.WSLOAD }, choice);
    const steps = { limit: withinLimits, run: runGrowth, summarize: summarizeGrowth, render: renderGrowth };
    return (await runSteps(plan, output, steps)).isSound;
  },
});
