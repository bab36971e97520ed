import { help, type Options, parseOptions } from './options.js';
import { fuzzConnections, fuzzDecoder, type RunResult } from './run.js';

const MIB = 1024 * 1024;

async function main({ cases, seed, minutes, targets }: Options): Promise<void> {
  const begin = performance.now();
  const end = begin + minutes * 60_000;
  print(`seed ${seed}`);
  for (const target of targets) {
    const isDecoder = target === 'decoder';
    const share = targets.length === 1 ? 1 : isDecoder ? 0.2 : 0.8;
    const rest = end - performance.now();
    let told = 0;
    const result = await (isDecoder ? fuzzDecoder : fuzzConnections)({
      cases: Math.ceil(cases * share),
      seed,
      timeLimit: isDecoder ? rest * share : rest,
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
