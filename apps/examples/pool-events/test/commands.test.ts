import { type Child, exampleOf, testManners } from '@webson/child-process';
import { expect, it } from 'vitest';

const example = exampleOf(import.meta.url);

testManners(import.meta.url, { client: ['--name', 'ada', '--groups', 'news'], busy: /^connected\n/m });

interface Running {
  readonly server: Child;
  readonly url: string;
  /** Types a line, and waits for what the server prints then. */
  type(line: string, answer: string): Promise<void>;
}

async function startServer(...args: string[]): Promise<Running> {
  const server = example.start('server', ['--port', '0', ...args], '', 'open');
  const [, url = ''] = await server.sees(/^listening on (ws:\S+)\n/m);
  const type = async (line: string, answer: string): Promise<void> => {
    const before = server.stdout.length;
    server.process.stdin?.write(`${line}\n`);
    await expect.poll(() => server.stdout.slice(before)).toBe(`${answer}\n`);
  };
  return { server, url, type };
}

async function startClient(url: string, name: string, ...groups: string[]): Promise<Child> {
  const client = example.start('client', ['--url', url, '--name', name, '--groups', groups.join(',')], '', 'open');
  await client.sees(/^connected\n/m);
  return client;
}

it('does what the README shows', async () => {
  const { server, url } = await startServer();
  const [shown = '', shownOfBob = ''] = example.blocks.slice(1);
  const ada = await startClient(url, 'ada', 'news');
  const bob = await startClient(url, 'bob', 'news', 'sports');
  let printed = server.stdout.split('\n')[0]!.length + 1;
  let heard = 0;
  for (const step of shown.split(/^(?=[>#] )/m)) {
    const [, who, line, answer = ''] = /^(?:([>#]) (.*)\n)?([\s\S]*)$/.exec(step) ?? [];
    if (who === '>') server.process.stdin?.write(`${line}\n`);
    if (who === '#') {
      bob.process.stdin?.write(`${line}\n`);
      heard += 1;
      await expect.poll(() => bob.stdout.split('heard: hi\n').length - 1).toBe(heard);
    }
    await expect.poll(() => server.stdout.slice(printed)).toBe(answer);
    printed = server.stdout.length;
  }
  await expect.poll(() => bob.stdout).toBe(shownOfBob);
  expect(ada.stdout).toBe('connected\ngood morning\npsst\n');
});

it('refuses a name that is taken, with what to do, until its owner has left', async () => {
  const { server, url } = await startServer();
  const ada = await startClient(url, 'ada', 'news');
  const other = example.start('client', ['--url', url, '--name', 'ada']);
  expect(await other.exited).toBe(1);
  expect(other.output).toMatch(/^client: .* 409.*"the name ada is taken: choose another"\n$/);
  ada.process.kill('SIGINT');
  expect(await ada.exited).toBe(0);
  await server.sees(/^ada has gone\n/m);
  await startClient(url, 'ada', 'news');
});

it('reaches a server that it has dialled by toClients, and dials it again', async () => {
  const first = await startServer();
  const second = await startServer('--peer', first.url);
  await second.server.sees(/^peer has come: no groups\n/m);
  await first.server.sees(/^server has come: servers\n/m);
  await second.type('toServers nobody', 'toServers: 0 took it');
  second.server.process.stdin?.write('toClients hello\n');
  await second.server.sees(/^toClients: 1 took it\npeer said "heard: hello"\n/m);
  await first.server.sees(/^server said "hello"\n/m);
  first.server.process.kill('SIGKILL');
  await second.server.sees(/^peer has gone\npeer is not there: trying again\n/m);
  const third = await startServer('--port', new URL(first.url).port);
  await third.server.sees(/^server has come: servers\n/m);
  second.server.process.kill('SIGINT');
  expect(await second.server.exited).toBe(0);
});

it('ends at once while it dials', async () => {
  const { server } = await startServer('--peer', 'ws://127.0.0.1:1/');
  await server.sees(/^peer is not there: trying again\n/m);
  server.process.kill('SIGINT');
  expect(await server.exited).toBe(0);
});

it('says what may be typed', async () => {
  const { type } = await startServer();
  await type('join ada', 'join: expected join NAME GROUP');
  await type('castOut ada too', 'castOut: expected castOut NAME');
  await type('apply nobody', 'apply: nobody has that name');
  await type('who', 'who: nobody');
  await type(
    'toString',
    'there are: dispatch TEXT, toServers TEXT, toClients TEXT, toGroup GROUP TEXT, except NAME TEXT, toPick NAME TEXT, join NAME GROUP, leave NAME GROUP, castOut NAME, apply NAME, revoke NAME, who',
  );
});
