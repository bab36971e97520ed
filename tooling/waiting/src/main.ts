/** `CASES=20000 SEED=1 node main.js`: 0 when nothing was found. */
import './virtual-time.js';
import { type Options, readOptions } from './options.js';
import { type RunResult, runCases } from './run.js';
import { survey } from './survey.js';

async function main({ cases, seed, path, isSurvey, minutes }: Options): Promise<void> {
  print(`seed ${seed}`);
  if (isSurvey) {
    const findings = await survey(cases, seed);
    for (const { what, cases: found } of findings) print(`${String(found.length).padStart(6)}  ${what}`);
    print(findings.length === 0 ? 'nothing found' : `${findings.length} kinds`);
    process.exitCode = findings.length === 0 ? 0 : 1;
    return;
  }
  let told = performance.now();
  const result = await runCases({
    cases,
    seed,
    path,
    timeLimit: minutes * 60_000,
    onRound(soFar) {
      if (performance.now() - told < 5000) return;
      told = performance.now();
      print(progress(soFar));
    },
  });
  print(progress(result));
  if (result.failure === undefined) {
    print('nothing found');
    return;
  }
  print(`\nFAILED: ${result.failure}`);
  process.exitCode = 1;
}

function progress({ cases, milliseconds, moves }: RunResult): string {
  const seconds = milliseconds / 1000;
  return `${cases} cases, ${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(0)} a second, ${Math.round(moves / Math.max(1, cases))} moves each`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main(readOptions(process.env));
} catch (error) {
  process.stderr.write(`waiting: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
