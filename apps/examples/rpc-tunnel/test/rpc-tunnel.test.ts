import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { expect, it } from 'vitest';

const CALLS = ['a call: HELLO', 'an object: 5', 'callbacks: 1 2 3', 'a stream: 2 3 5 7 11 13 17 19 23 29'];

function start(name: 'server' | 'client', ...args: string[]): Child {
  return spawnChild(process.execPath, [fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url)), ...args]);
}

async function startServer(port = '0'): Promise<{ child: Child; url: string }> {
  const child = start('server', '--port', port);
  const [, url = ''] = await child.sees(/^(ws:\S+)\n/);
  return { child, url };
}

it('makes calls in both directions, with callbacks, objects, and a stream that is cancelled', async () => {
  const { child, url } = await startServer();
  const client = start('client', '--url', url, '--name', 'Ada', '--once');
  expect(await client.exited).toBe(0);
  expect(client.output.trimEnd().split('\n')).toEqual(['connected', ...CALLS, 'disconnected']);
  await child.sees(/^"Ada": is here\n/m);
  await child.sees(/^"Ada": the primes are not read any more\n/m);
  await child.sees(/^"Ada": has left\n/m);
});

it('makes them again when the server was killed and is back', async () => {
  const { child, url } = await startServer();
  const client = start('client', '--url', url);
  await client.sees(/^a stream: .*\n/m);
  child.process.kill('SIGKILL');
  await client.sees(/^disconnected\n/m);
  const back = await startServer(new URL(url).port);
  await client.sees(/(a stream: [\s\S]*){2}/);
  const lines = ['connected', ...CALLS];
  expect(client.output.trimEnd().split('\n')).toEqual([...lines, 'disconnected', ...lines]);
  await back.child.sees(/^"nobody": is here\n/m);
  client.process.kill('SIGTERM');
  expect(await client.exited).toBe(0);
  back.child.process.kill('SIGINT');
  expect(await back.child.exited).toBe(0);
});

it('says in one line what is wrong', async () => {
  for (const [args, code, output] of [
    [['--url', 'ws://127.0.0.1:1'], 1, /^client: cannot connect to ws:\/\/127\.0\.0\.1:1\/.*\n$/],
    [['--nonsense'], 2, /^client: Unknown option '--nonsense' \(--help tells more\)\n$/],
    [['--help'], 0, /--once/],
  ] as const) {
    const client = start('client', ...args);
    expect([await client.exited, client.output]).toEqual([code, expect.stringMatching(output)]);
  }
  const server = start('server', '--port', '70000');
  expect([await server.exited, server.output]).toEqual([2, expect.stringContaining('a whole number from 0 to 65535')]);
});
