import { writeFileSync } from 'node:fs';
import { withWhatIsHere } from '../bench.js';
import { describeCell } from '../cells.js';
import { choiceOf, type Options, parseOptions } from '../options.js';
import { isSound } from '../report.js';
import { plainKinds } from '../servers/index.js';
import { renderSample } from '../table.js';
import { churnCells } from './cells.js';
import { runChurns } from './churn.js';
import { renderChurn, summarizeChurn } from './report.js';

const help = `Connections per second: opened, used for one echo, closed; so many at a time.

The options are those of bench (see bench --help) but for --payload and --svg; of rounds there are 5, of 1 s and 2 s;
servers are ${plainKinds.map(({ name }) => name).join(', ')}; cells are
${churnCells.map((cell) => `  ${cell.name.padEnd(10)}${describeCell(cell)}`).join('\n')}
`;

async function main({ plan: asked, json }: Options): Promise<void> {
  const { plan, skipped } = withWhatIsHere(asked);
  for (const message of skipped) process.stderr.write(`${message}\n`);
  const samples = await runChurns(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarizeChurn(plan, samples, skipped);
  process.stdout.write(`\n${renderChurn(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (!isSound(samples)) process.exitCode = 1;
}

try {
  const options = parseOptions(
    process.argv.slice(2),
    process.env,
    choiceOf({ cells: churnCells, servers: plainKinds }),
  );
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`churn: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
