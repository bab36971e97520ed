/** One hostile client of each kind beside honest ones: how long the turns get, and how the honest ones fare. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chooseCores } from '../cores.js';
import { attacks } from './attacks.js';
import { type LagSample, lagServers, runLag } from './lag.js';
import { renderLag, summarizeLag } from './report.js';

const help = `One hostile client beside honest ones: the longest turn of the server's event loop, and the round trips of the
honest ones, for webson and ws.

  --honest N      honest clients (50)
  --seconds N     from the beginning of an attack (5)
  --rounds N      of which the medians are told, of the longest turn and the memory the most (1)
  --attacks A,B   some of them only, 'none' for what it is like in peace
  --json FILE     writes the rows to a file

${attacks.map(({ name, title }) => `  ${name.padEnd(12)}${title}`).join('\n')}
`;

const { values } = parseArgs({
  options: {
    honest: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    attacks: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const plan = { honest: Number(values.honest), seconds: Number(values.seconds), cores: chooseCores() };
  const wanted = values.attacks?.split(',');
  const kinds = [undefined, ...attacks.map(({ name }) => name)].filter(
    (kind) => wanted === undefined || wanted.includes(kind ?? 'none'),
  );
  if (kinds.length === 0) throw new RangeError(`--attacks: none of these is known: ${values.attacks}`);
  const samples: LagSample[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const kind of kinds) {
      for (const server of round % 2 === 0 ? lagServers : lagServers.toReversed()) {
        samples.push(await runLag(plan, server, kind));
      }
    }
  }
  const rows = summarizeLag(samples);
  process.stdout.write(`${plan.cores.note}; ${plan.honest} honest clients, ${plan.seconds} s\n${renderLag(rows)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

if (values.help) {
  process.stdout.write(help);
} else {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`lag: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
