import { expect, it } from 'vitest';
import { benches } from '../src/benches.js';
import { runBench } from './command.js';

it('lists the benches, a line for each that says what it measures', async () => {
  const { stdout } = await runBench(['--help']);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) +[A-Z].{20,}[.]$/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(benches));
  expect(stdout).toMatch(/--rounds N +interleaved rounds \(3\)/);
});

it('says which there are when it is asked for another', async () => {
  for (const name of ['nosuch', 'constructor']) {
    const stderr = expect.stringMatching(new RegExp(`^bench: there is no ${name}; there are\n\n {2}echo `));
    await expect(runBench([name])).rejects.toMatchObject({ code: 2, stderr });
  }
});

it.each(Object.keys(benches))('explains %s', async (name) => {
  expect((await runBench([name, '--help'])).stdout).toMatch(/\n {2}--help\n/);
});
