import { writeFileSync } from 'node:fs';
import { describeCell } from '../cells.js';
import { type Options, parseOptions } from '../options.js';
import { isSound, renderSample } from '../report.js';
import { churnCells } from './cells.js';
import { runChurns } from './churn.js';
import { renderChurn, summarizeChurn } from './report.js';

const help = `Connections per second: opened, used for one echo, closed; so many at a time.

The options are those of bench (see bench --help); cells are
${churnCells.map((cell) => `  ${cell.name.padEnd(10)}${describeCell(cell)}`).join('\n')}
`;

async function main({ plan, json }: Options): Promise<void> {
  const samples = await runChurns(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarizeChurn(plan, samples);
  process.stdout.write(`\n${renderChurn(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (!isSound(samples)) process.exitCode = 1;
}

try {
  const options = parseOptions(process.argv.slice(2), process.env, churnCells);
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`churn: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
