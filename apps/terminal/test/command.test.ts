import { spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';

const terminal = new URL('../dist/index.js', import.meta.url).href;

/** A program whose command is given as source text; it prints its arguments first. */
async function run(body: string, ...args: string[]): Promise<{ code: unknown; output: string }> {
  const source = `import { runCommand, UsageError } from '${terminal}';
    await runCommand('program', async (args) => { console.log(JSON.stringify(args)); ${body} });`;
  const child = spawnChild(process.execPath, ['--input-type=module', '-e', source, '--', 'program', ...args]);
  const code = await child.exited;
  return { code, output: child.output };
}

it('says in one line what a command has thrown', async () => {
  expect(await run(`throw new Error('first\\n  second')`)).toEqual({
    code: 1,
    output: '[]\nprogram: first second\n',
  });
  expect(await run(`throw new UsageError('a topic is needed')`)).toEqual({
    code: 2,
    output: '[]\nprogram: a topic is needed (--help tells more)\n',
  });
  expect((await run(`throw 'text'`)).output).toBe('[]\nprogram: text\n');
  expect((await run(`throw new TypeError('')`)).output).toBe('[]\nprogram: TypeError\n');
});

it('says with --verbose where the error was made, and what caused it', async () => {
  const { code, output } = await run(`throw new Error('broken', { cause: new RangeError('why') })`, 'a', '--verbose');
  expect(code).toBe(1);
  expect(output).toMatch(/^\["a"\]\nprogram: broken\nError: broken\n +at /);
  expect(output).toContain('[cause]: RangeError: why');
});

it('keeps --verbose from the command, but not what stands behind --', async () => {
  expect((await run('', '--', '-x', '--verbose')).output).toBe('["-x"]\n');
  expect((await run('', 'a', '--verbose', '--', '--verbose')).output).toBe('["a","--","--verbose"]\n');
});
