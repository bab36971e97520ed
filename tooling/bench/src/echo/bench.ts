import { writeFileSync } from 'node:fs';
import { type Bench, defineBench } from '../harness/bench.js';
import { cells } from './cells.js';
import { serverKinds } from './contenders/index.js';
import { type Choice, planOptions, toPlan } from './options.js';
import { runPlan } from './plan.js';
import { renderReport } from './render.js';
import { summarize } from './report.js';
import { runSteps } from './run.js';

/** What there is to choose from. */
export const echoChoice: Choice = {
  cells,
  servers: serverKinds,
  timing: { rounds: '3', warmup: '0.4', seconds: '0.8' },
};

/** Messages echoed per second, server by server. */
export const bench: Bench = defineBench({
  name: 'echo',
  about: 'Echo throughput of webson, ws, Bun and a bare socket in the same run.',
  options: { ...planOptions(echoChoice), svg: { value: 'FILE', about: 'draw the ratios' } },
  async run(given, output) {
    const plan = toPlan(given, { wsload: process.env.WSLOAD }, echoChoice);
    const { report, isSound } = await runSteps(plan, output, { run: runPlan, summarize, render: renderReport });
    if (given.svg !== undefined) {
      // What draws is large, and not needed otherwise.
      const [{ drawChart }, { toFigures }] = await Promise.all([
        import('../chart/draw.js'),
        import('../chart/figures.js'),
      ]);
      writeFileSync(given.svg, drawChart(toFigures([report])));
    }
    return isSound;
  },
});
