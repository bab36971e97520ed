import { help, type Options, parseOptions, type Target } from './options.js';
import { fuzzConnections, fuzzDecoder, fuzzEndpoints, type RunOptions, type RunResult } from './run.js';

const MIB = 1024 * 1024;

/** What a target gets of the cases, and of the time that is left when it begins; where it is the only one it gets all. */
interface Share {
  readonly cases: number;
  readonly time: number;
  run(options: RunOptions): Promise<RunResult>;
}

const SHARES: Record<Target, Share> = {
  decoder: { cases: 0.2, time: 0.2, run: fuzzDecoder },
  connection: { cases: 0.8, time: 0.6, run: fuzzConnections },
  // Each of its cases takes as long as thousands of the others.
  endpoints: { cases: 0.002, time: 1, run: fuzzEndpoints },
};

async function main({ cases, seed, minutes, targets }: Options): Promise<void> {
  const begin = performance.now();
  const end = begin + minutes * 60_000;
  print(`seed ${seed}`);
  for (const target of targets) {
    const share = targets.length === 1 ? { ...SHARES[target], cases: 1, time: 1 } : SHARES[target];
    const rest = end - performance.now();
    let told = 0;
    const result = await share.run({
      cases: Math.ceil(cases * share.cases),
      seed,
      timeLimit: rest * share.time,
      onRound(soFar) {
        if (performance.now() - told < 5000) return;
        told = performance.now();
        print(`${target}  ${progress(soFar)}`);
      },
    });
    print(`${target}  ${progress(result)}`);
    for (const [name, count] of result.tally.entries()) print(`${String(count).padStart(12)}  ${name}`);
    if (result.failure !== undefined) {
      print(`\nFAILED: ${result.failure} --targets ${target}`);
      process.exitCode = 1;
      return;
    }
  }
  print('nothing found');
}

function progress({ cases, milliseconds, memory }: RunResult): string {
  const seconds = milliseconds / 1000;
  const [last] = memory.slice(-1);
  const used = last === undefined ? '' : `, ${(last / MIB).toFixed(1)} MiB in use`;
  return `${cases} cases, ${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(0)} a second${used}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === undefined) process.stdout.write(help);
  else await main(options);
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
