import { writeFileSync } from 'node:fs';
import { runMultiplex } from './multiplex.js';
import { help, type MultiplexOptions, parseMultiplexOptions } from './options.js';
import { renderReport, renderSample, summarize } from './report.js';

async function main({ plan, json }: MultiplexOptions): Promise<void> {
  const samples = await runMultiplex(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarize(plan, samples);
  process.stdout.write(`\n${renderReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
}

try {
  const options = parseMultiplexOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`multiplex: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
