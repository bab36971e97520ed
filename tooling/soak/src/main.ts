/** `node --expose-gc main.js`, see `--help`: 0 when nothing was wrong, 1 when something was, 2 when it could not be run. */
import { help, type Options, parseOptions } from './options.js';
import { SCENARIOS } from './scenarios.js';
import { leftBehind, mebibytes, usage } from './usage.js';

/** Seconds of one round of a scenario at most; then it is another's turn, and it is looked what is left behind. */
const LONGEST_ROUND = 300;
const WARM_UP = { seconds: 2, part: 0.3 };

async function main({ seconds, connections, seed, scenarios }: Options): Promise<void> {
  print(`seed ${seed}`);
  const sizes = scenarios.map((name) => ({ name, count: connections ?? SCENARIOS[name].connections }));
  // Once in small, so that what is made once is there before it is looked what is in use.
  for (const { name, count } of sizes) {
    const small = {
      connections: Math.ceil(count * WARM_UP.part),
      seconds: Math.min(seconds, WARM_UP.seconds),
      seed: 1,
    };
    report(`${name}, warming up`, await SCENARIOS[name].run(small));
  }
  const before = await usage();
  const rounds = Math.max(1, Math.ceil(seconds / scenarios.length / LONGEST_ROUND));
  for (let round = 0; round < rounds && process.exitCode === undefined; round++) {
    for (const { name, count } of sizes) {
      const share = seconds / scenarios.length / rounds;
      const options = { connections: count, seconds: share, seed: seed + round };
      const result = await SCENARIOS[name].run(options);
      const now = await usage();
      const faults = [...result.faults, ...leftBehind(before, now)];
      const memory = `memory ${mebibytes(before.memory)} before, ${mebibytes(now.memory)} now`;
      report(name, { faults, summary: `${result.summary}; ${memory}` });
    }
  }
}

function report(name: string, { faults, summary }: { faults: readonly string[]; summary: string }): void {
  print(`${name}: ${summary}`);
  for (const fault of faults.slice(0, 20)) print(`FAULT ${fault}`);
  if (faults.length === 0) return;
  print(`${faults.length} faults`);
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
