import { type Bench, defineBench, type Output } from '../harness/bench.js';
import type { Cell } from './cells.js';
import { plainKinds } from './contenders/index.js';
import { choiceOf, planOptions, toPlan } from './options.js';
import { type Plan, type Sample, withWhatIsHere } from './plan.js';
import { renderSample } from './render.js';
import { isSound, type Report } from './report.js';

/** What benches of these servers differ in. */
export interface Steps<S extends Sample, R extends Report> {
  /** Leaves out, with a word, what can be measured here no more than a server that is missing. */
  readonly limit?: (plan: Plan) => { plan: Plan; skipped: string[] };
  readonly run: (plan: Plan, onSample: (sample: S) => void) => Promise<S[]>;
  readonly summarize: (plan: Plan, samples: readonly S[], skipped: readonly string[]) => R;
  readonly render: (report: R) => string;
}

/** Measures all of a plan that can be measured here, and tells it; resolves with the report, and whether it is sound. */
export async function runSteps<S extends Sample, R extends Report>(
  asked: Plan,
  output: Output,
  { limit, run, summarize, render }: Steps<S, R>,
): Promise<{ report: R; isSound: boolean }> {
  const { plan: here, skipped: absent } = withWhatIsHere(asked);
  const { plan, skipped: beyond } = limit?.(here) ?? { plan: here, skipped: [] };
  const skipped = [...absent, ...beyond];
  for (const message of skipped) output.note(message);
  const samples = await run(plan, (sample) => output.note(renderSample(sample, plan)));
  const report = summarize(plan, samples, skipped);
  output.print(`\n${render(report)}`);
  output.save(report);
  return { report, isSound: isSound(samples) };
}

/** A bench of the servers whose memory can be looked at, with cells of its own. */
export function benchOf<S extends Sample, R extends Report>(
  { name, about, cells }: { readonly name: string; readonly about: string; readonly cells: readonly Cell[] },
  steps: Steps<S, R>,
): Bench {
  const choice = choiceOf({ cells, servers: plainKinds });
  return defineBench({
    ...{ name, about, options: planOptions(choice) },
    async run(given, output) {
      const plan = toPlan(given, { wsload: process.env.WSLOAD }, choice);
      return (await runSteps(plan, output, steps)).isSound;
    },
  });
}
