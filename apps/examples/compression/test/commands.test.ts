import { exampleOf } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

interface Row {
  readonly name: string;
  readonly numbers: readonly number[];
}

/** Lines of a table; the heads have no numbers. */
function rows(text: string): Row[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ({
      name: line.slice(0, 22).trim(),
      numbers: [...line.slice(22).matchAll(/\d+/g)].map(([digits]) => Number(digits)),
    }));
}

it('prints a table as the README shows it, give or take what another zlib makes of it', async () => {
  const child = example.start('main');
  expect(await child.exited).toBe(0);
  const printed = rows(child.output);
  const shown = rows(example.blocks[1] ?? '');
  expect(printed.map(({ name }) => name)).toEqual(shown.map(({ name }) => name));
  for (const [index, { numbers }] of printed.entries()) {
    const [bytes, percent] = shown[index]!.numbers;
    if (bytes === undefined || percent === undefined) continue;
    expect(Math.abs(numbers[0]! - bytes)).toBeLessThanOrEqual(bytes * 0.1);
    expect(Math.abs(numbers[1]! - percent)).toBeLessThanOrEqual(5);
  }
  // What the README says of it.
  const [, off, on, always, takeover, , largeOff, largeOn, , largeTakeover] = printed.map(({ numbers }) => numbers[0]!);
  expect(on).toBe(off);
  expect(always).toBeLessThan(off!);
  expect(takeover).toBeLessThan(always! * 0.7);
  expect(largeOn).toBeLessThan(largeOff! * 0.35);
  expect(largeTakeover).toBeLessThanOrEqual(largeOn!);
});

it('explains itself, and says in one line what is wrong', async () => {
  const help = example.start('main', ['--help']);
  expect(await help.exited).toBe(0);
  for (const word of ['--silent start', '--messages', '--level', '--verbose']) expect(help.stdout).toContain(word);
  for (const args of [['--messages', '0'], ['--level', 'high'], ['--no-such-option']]) {
    const child = example.start('main', args);
    expect(await child.exited).toBe(2);
    expect(child.output).toMatch(/^compression: .*\(--help tells more\)\n$/);
  }
});

it('ends with 0 at Ctrl+C', async () => {
  const child = example.start('main', ['--messages', '20000']);
  await child.sees(/^one reading/m);
  child.process.kill('SIGINT');
  expect(await child.exited).toBe(0);
});
