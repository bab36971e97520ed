import { writeFileSync } from 'node:fs';
import { runPlan } from './bench.js';
import { help, type Options, parseOptions } from './options.js';
import { isSound, renderReport, renderSample, summarize } from './report.js';

async function main({ plan, json }: Options): Promise<void> {
  const samples = await runPlan(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarize(plan, samples);
  process.stdout.write(`\n${renderReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (!isSound(samples)) process.exitCode = 1;
}

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
