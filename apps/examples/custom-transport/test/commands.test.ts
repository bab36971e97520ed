import { exampleOf } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

it('prints what the README shows', async () => {
  const child = example.start('main');
  expect(await child.exited).toBe(0);
  expect(child.output).toBe(example.blocks[1]);
});

it('explains itself, and says in one line what is wrong', async () => {
  const help = example.start('main', ['--help']);
  expect(await help.exited).toBe(0);
  for (const word of ['--silent start', '--verbose']) expect(help.stdout).toContain(word);
  const child = example.start('main', ['--no-such-option']);
  expect(await child.exited).toBe(2);
  expect(child.output).toMatch(/^custom-transport: .*--no-such-option.*\(--help tells more\)\n$/);
});
