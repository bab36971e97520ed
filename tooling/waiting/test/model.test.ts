import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cases, seed } from './property.js';

const CASES = 20_000;
/** Processes that share them. */
const SHARES = 2;
/** The rounds of one share must not be those of another. */
const APART = 1_000_000;

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test(`${CASES} applications over connections in memory`, { timeout: 1_200_000 }, async () => {
  const share = Math.ceil(cases(CASES) / SHARES);
  const run = async (number: number): Promise<string> => {
    const env = { ...process.env, CASES: `${share}`, SEED: `${((seed % 0x3fffffff) + number * APART) | 0}` };
    // What was found is told on the standard output, which the error of a command that fails does not show.
    return promisify(execFile)(process.execPath, [main], { env }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );
  };
  for (const told of await Promise.all(Array.from({ length: SHARES }, (_, number) => run(number)))) {
    expect(told).toMatch(new RegExp(`^${share} cases`, 'm'));
    expect(told).toMatch(/\nnothing found\n$/);
  }
});
