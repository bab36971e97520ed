import { type Bench, defineBench } from '../harness/bench.js';
import { coresOf, count, jsonOption, pick, pinOption, positive } from '../harness/options.js';
import { turns } from '../harness/rounds.js';
import { attacks } from './attacks.js';
import { type LagSample, lagServers, runLag } from './lag.js';
import { renderLag, summarizeLag } from './report.js';

/** What the honest clients are like in peace. */
const PEACE = 'none';
const kinds = [PEACE, ...attacks.map(({ name }) => name)];

/** One hostile client of each kind beside honest ones: how long the turns get, and how the honest ones fare. */
export const bench: Bench = defineBench({
  name: 'lag',
  about:
    'One hostile client beside honest ones: the longest turn of the event loop, and round trips of the honest ones.',
  options: {
    honest: { value: 'N', usual: '50', about: 'honest clients' },
    seconds: { value: 'N', usual: '5', about: 'from the beginning of an attack' },
    rounds: {
      value: 'N',
      usual: '1',
      about: 'of which the medians are told, of the longest turn and the memory the most',
    },
    attacks: {
      value: 'LIST',
      about: [
        `some of these only (all), '${PEACE}' for what it is like in peace:`,
        ...attacks.map(({ name, title }) => `  ${name.padEnd(12)}${title}`),
      ],
    },
    ...jsonOption,
    ...pinOption,
  },
  async run(given, output) {
    const [honest, rounds] = [count('--honest', given.honest), count('--rounds', given.rounds)];
    const plan = { honest, seconds: positive('--seconds', given.seconds), cores: coresOf(given) };
    const wanted = given.attacks === undefined ? kinds : pick('--attacks', given.attacks, kinds);
    const cells = kinds.filter((kind) => wanted.includes(kind));
    const samples: LagSample[] = [];
    for (const { cell, contender } of turns({ rounds, cells, contenders: () => lagServers })) {
      samples.push(await runLag(plan, contender, cell === PEACE ? undefined : cell));
    }
    const rows = summarizeLag(samples);
    output.print(`${plan.cores.note}; ${plan.honest} honest clients, ${plan.seconds} s\n${renderLag(rows)}`);
    output.save(rows);
    return true;
  },
});
