import { cells } from '../echo/cells.js';
import { runtimeKinds } from '../echo/contenders/on-runtimes.js';
import { type Choice, planOptions, toPlan } from '../echo/options.js';
import { runPlan } from '../echo/plan.js';
import { renderReport } from '../echo/render.js';
import { summarize } from '../echo/report.js';
import { runSteps } from '../echo/run.js';
import { type Bench, defineBench } from '../harness/bench.js';

const choice: Choice = {
  cells,
  servers: runtimeKinds,
  // Bun compiles for longer than Node does.
  timing: { rounds: '3', warmup: '2', seconds: '1' },
  usual: runtimeKinds.map(({ name }) => name).join(','),
};

/** The echo of webson on Node, Bun and Deno, beside the servers that these bring. */
export const bench: Bench = defineBench({
  name: 'runtimes',
  about: 'Echo of webson on Node, Bun and Deno, beside their own servers.',
  options: planOptions(choice),
  async run(given, output) {
    const plan = toPlan(given, { wsload: process.env.WSLOAD }, choice);
    return (await runSteps(plan, output, { run: runPlan, summarize, render: renderReport })).isSound;
  },
});
