import { writeFileSync } from 'node:fs';
import { runPlan, withWhatIsHere } from './bench.js';
import { drawChart } from './chart/draw.js';
import { toFigures } from './chart/figures.js';
import { help, type Options, parseOptions } from './options.js';
import { isSound, summarize } from './report.js';
import { renderReport, renderSample } from './table.js';

async function main({ plan: asked, json, svg }: Options): Promise<void> {
  const { plan, skipped } = withWhatIsHere(asked);
  for (const message of skipped) process.stderr.write(`${message}\n`);
  const samples = await runPlan(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarize(plan, samples, skipped);
  process.stdout.write(`\n${renderReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (svg !== undefined) writeFileSync(svg, drawChart(toFigures([report])));
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
