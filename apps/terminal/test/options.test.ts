import { spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';

const terminal = new URL('../dist/index.js', import.meta.url).href;

async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
  const source = `import { readOptions, runCommand } from '${terminal}';
    await runCommand('program', async (args) => {
      console.log(readOptions(args, 'what it does\\n', { port: '80', loud: false }));
    });`;
  const child = spawnChild(process.execPath, ['--input-type=module', '-e', source, '--', 'program', ...args]);
  return { code: await child.exited, output: child.output };
}

it('reads texts and what is on or off, with defaults', async () => {
  expect((await run()).output).toContain("port: '80', loud: false");
  expect((await run('--port', '8080', '--loud')).output).toContain("port: '8080', loud: true");
});

it('prints the help, and no more', async () => {
  for (const option of ['--help', '-h'])
    expect(await run(option)).toEqual({ code: 0, output: 'what it does\nundefined\n' });
});

it('says what is wrong', async () => {
  for (const args of [['--port'], ['--port', ''], ['--port='], ['--quiet'], ['word'], ['--loud=yes']]) {
    const { code, output } = await run(...args);
    expect(code).toBe(2);
    expect(output).toMatch(/^program: .*\(--help tells more\)\n$/);
  }
});
