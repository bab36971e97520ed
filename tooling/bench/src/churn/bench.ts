import { plainKinds } from '../echo/contenders/index.js';
import { choiceOf, planOptions, toPlan } from '../echo/options.js';
import { runSteps } from '../echo/run.js';
import { type Bench, defineBench } from '../harness/bench.js';
import { churnCells } from './cells.js';
import { runChurns } from './churn.js';
import { renderChurn, summarizeChurn } from './report.js';

const choice = choiceOf({ cells: churnCells, servers: plainKinds });

/** Connections opened, used once and closed, per second. */
export const bench: Bench = defineBench({
  name: 'churn',
  about: 'Connections per second: opened, used for one echo, closed; so many at a time.',
  options: planOptions(choice),
  async run(given, output) {
    const plan = toPlan(given, { wsload: process.env.WSLOAD }, choice);
    const steps = { run: runChurns, summarize: summarizeChurn, render: renderChurn };
    return (await runSteps(plan, output, steps)).isSound;
  },
});
