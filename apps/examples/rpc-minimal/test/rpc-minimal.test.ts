import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';

function start(name: 'server' | 'client', ...args: string[]): Child {
  return spawnChild(process.execPath, [fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url)), ...args]);
}

async function startServer(): Promise<{ child: Child; url: string }> {
  const child = start('server', '--port', '0');
  const [, url = ''] = await child.sees(/^(ws:\S+)\n/);
  return { child, url };
}

it('calls functions of the server', async () => {
  const { child, url } = await startServer();
  for (const [args, code, output] of [
    [['add', '1', '2'], 0, '3\n'],
    [['greet', 'Ada'], 0, 'Hello Ada\n'],
    [['add', '1'], 0, 'null\n'],
    [['subtract', '1'], 1, 'client: [birpc] function "subtract" not found\n'],
    [['toString'], 1, 'client: [birpc] function "toString" not found\n'],
    [['constructor'], 1, 'client: [birpc] function "constructor" not found\n'],
  ] as const) {
    const client = start('client', '--url', url, ...args);
    expect([await client.exited, client.output]).toEqual([code, output]);
  }
  child.process.kill('SIGTERM');
  expect([await child.exited, child.output]).toEqual([0, `${url}\n`]);
});

it('says in one line what is wrong', async () => {
  for (const [args, code, output] of [
    [['--url', 'ws://127.0.0.1:1', 'add'], 1, /^client: cannot connect to ws:\/\/127\.0\.0\.1:1\/.*\n$/],
    [[], 2, /^client: a function is needed: add, or greet \(--help tells more\)\n$/],
  ] as const) {
    const client = start('client', ...args);
    expect([await client.exited, client.output]).toEqual([code, expect.stringMatching(output)]);
  }
  const help = start('client', '--help');
  expect([await help.exited, help.output]).toEqual([0, expect.stringContaining('FUNCTION ARGUMENT...')]);
  const server = start('server', '--port', 'x');
  expect([await server.exited, server.output]).toEqual([2, expect.stringContaining('a whole number from 0')]);
});
