import { writeFileSync } from 'node:fs';
import { withWhatIsHere } from '../bench.js';
import { describeCell } from '../cells.js';
import { choiceOf, type Options, parseOptions } from '../options.js';
import { isSound } from '../report.js';
import { plainKinds } from '../servers/index.js';
import { renderSample } from '../table.js';
import { growthCells } from './cells.js';
import { runGrowth, withinLimits } from './growth.js';
import { renderGrowth, summarizeGrowth } from './report.js';

const help = `Pace and memory of servers with more and more connections, and with larger and larger messages.

The options are those of bench (see bench --help) but for --payload and --svg; of rounds there are 5, of 1 s and 2 s;
servers are ${plainKinds.map(({ name }) => name).join(', ')}; cells are
${growthCells.map((cell) => `  ${cell.name.padEnd(10)}${describeCell(cell)}`).join('\n')}
`;

async function main({ plan: asked, json }: Options): Promise<void> {
  const { plan: here, skipped: absent } = withWhatIsHere(asked);
  const { plan, skipped: beyond } = withinLimits(here);
  const skipped = [...absent, ...beyond];
  for (const message of skipped) process.stderr.write(`${message}\n`);
  const samples = await runGrowth(plan, (sample) => process.stderr.write(`${renderSample(sample, plan)}\n`));
  const report = summarizeGrowth(plan, samples, skipped);
  process.stdout.write(`\n${renderGrowth(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (!isSound(samples)) process.exitCode = 1;
}

try {
  const options = parseOptions(
    process.argv.slice(2),
    process.env,
    choiceOf({ cells: growthCells, servers: plainKinds }),
  );
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`growth: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
