import { connect, createServer, type Socket } from 'node:net';
import { type Child, exampleOf } from '@webson/child-process';
import { SignJWT } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { dial, MessageType } from 'webson';

const example = exampleOf(import.meta.url);
const KEY = 'thirty-two bytes, only for tests';

/** A client whose terminal is open; it is in the lobby when this resolves. */
async function startClient(url: string, ...args: string[]): Promise<Child> {
  const client = example.start('client', ['--url', url, ...args], '', 'open');
  await client.sees(/^\[lobby\] \* you are in/m);
  return client;
}

const bob = ['--name', 'bob', '--password', 'kahn'];

function type(client: Child, line: string): void {
  client.process.stdin?.write(`${line}\n`);
}

function signed(key: string, lifetime: number, subject = 'ada'): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(new TextEncoder().encode(key));
}

/** Stands before a server; `cut` breaks all connections, as a network does. */
async function relayTo(url: string): Promise<{ url: string; cut(): void; isOpen: boolean }> {
  const sockets = new Set<Socket>();
  const state = {
    url: '',
    isOpen: true,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer((near) => {
    if (!state.isOpen) {
      near.destroy();
      return;
    }
    const far = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    state.cut();
    server.close();
  });
  state.url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
  return state;
}

it('prints what the README shows', async () => {
  const { url } = await example.startServer();
  const ada = await startClient(url);
  const other = await startClient(url, ...bob);
  type(other, 'hello');
  type(other, '/who');
  await other.sees(/^\[lobby\] \* ada, bob\n/m);
  type(other, '/quit');
  expect(await other.exited).toBe(0);
  await ada.sees(/bob has left\n/);
  expect(ada.output).toBe(example.blocks[1]);
});

it('keeps rooms apart, and their history for who comes later', async () => {
  const { url } = await example.startServer();
  const ada = await startClient(url);
  for (const line of ['in the lobby', '/join kitchen', 'in the kitchen', '/nonsense']) type(ada, line);
  await ada.sees(/^\* there are \/join ROOM/m);
  await ada.sees(/^\[kitchen\] ada: in the kitchen\n/m);
  const late = example.start('client', ['--url', url, '--room', 'kitchen', ...bob], '', 'open');
  await late.sees(/^\[kitchen\] \* you are in: 1 said before, or meanwhile\n\[kitchen\] ada: in the kitchen\n/m);
  type(ada, '/leave');
  await late.sees(/^\[kitchen\] \* ada has left\n/m);
  expect(late.stdout).not.toContain('in the lobby');
});

it('catches up after a break: everything once, in order, and who is there knows of one join alone', async () => {
  const { url } = await example.startServer();
  const relay = await relayTo(url);
  const ada = await startClient(relay.url);
  const other = await startClient(url, ...bob);
  type(other, 'before');
  await ada.sees(/bob: before\n/);
  relay.isOpen = false;
  relay.cut();
  await other.sees(/ada has left\n/);
  await ada.sees(/^\* disconnected\n/m);
  type(ada, 'into the void');
  await ada.sees(/^\* not sent, as there is no connection: into the void\n/m);
  type(other, 'meanwhile');
  await other.sees(/bob: meanwhile\n/);
  relay.isOpen = true;
  await ada.sees(/^\* connected\n\[lobby\] \* you are in: 1 said before, or meanwhile\n\[lobby\] bob: meanwhile\n/m);
  type(other, 'after');
  await ada.sees(/bob: after\n/);
  expect([...ada.stdout.matchAll(/bob: (\w+)/g)].map(([, word]) => word)).toEqual(['before', 'meanwhile', 'after']);
  expect(other.stdout).not.toContain('into the void');
});

it('is back after a restart of the server, with nothing of another life', async () => {
  const { child, url } = await example.startServer();
  const ada = await startClient(url);
  type(ada, 'one');
  await ada.sees(/ada: one\n/);
  child.process.kill('SIGKILL');
  await ada.sees(/^\* disconnected\n/m);
  // Its key is another one, too: the client logs in anew.
  const again = example.start('server', ['--port', new URL(url).port]);
  await again.sees(/^listening/m);
  await ada.sees(/^\* disconnected\n\* connected\n\[lobby\] \* you are in: 0 said/m);
  type(ada, 'two');
  await ada.sees(/ada: two\n/);
});

it('logs in again when its token has expired', async () => {
  const { url } = await example.startServer(['--lifetime', '2']);
  const ada = await startClient(url);
  type(ada, 'said once');
  await ada.sees(/^\* disconnected\n\* connected\n\[lobby\] \* you are in: 0 said/m);
  expect(ada.stdout.split('said once')).toHaveLength(2);
});

it('ends, and says why, when a token that was given has expired', async () => {
  const { url } = await example.startServer(['--key', KEY]);
  const ada = await startClient(url, '--token', await signed(KEY, 2));
  expect(await ada.exited).toBe(1);
  expect(ada.stderr).toMatch(/^client: .* status 401, .*"the token has expired: log in again"\n$/);
});

it.each([
  ['expired', () => signed(KEY, -10), 'the token has expired: log in again'],
  [
    'of another key',
    () => signed('another key of thirty-two bytes!', 60),
    'the token was signed with another key: log in at this server',
  ],
  ['no token', async () => 'nonsense', 'that is no token of this server: log in'],
  [
    'without a name',
    () =>
      new SignJWT().setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(new TextEncoder().encode(KEY)),
    'that is no token of this server: log in',
  ],
])('refuses one that is %s before the upgrade, with a reason', async (_, token, reason) => {
  const { url } = await example.startServer(['--key', KEY]);
  const client = example.start('client', ['--url', url, '--token', await token()]);
  expect(await client.exited).toBe(1);
  expect(client.output).toMatch(/^client: the server answered with status 401, .*\n$/);
  expect(client.output).toContain(`"${reason}"`);
});

it('refuses who has no token, and a wrong password', async () => {
  const { url } = await example.startServer();
  await expect(dial(url)).rejects.toThrow('"a token is needed: log in"');
  const client = example.start('client', ['--url', url, '--password', 'guess']);
  expect(await client.exited).toBe(1);
  expect(client.output).toBe('client: cannot log in as ada: another name and password are needed\n');
});

it('answers requests beside that', async () => {
  const { url } = await example.startServer();
  const page = url.replace('ws:', 'http:');
  const post = (body: string): Promise<Response> => fetch(new URL('/login', page), { method: 'POST', body });
  expect((await fetch(page)).status).toBe(404);
  expect((await post('{')).status).toBe(400);
  expect((await post('null')).status).toBe(401);
  expect((await post(JSON.stringify({ name: 'toString' }))).status).toBe(401);
  expect((await post('x'.repeat(2000))).status).toBe(413);
  const good = await post(JSON.stringify({ name: 'grace', password: 'hopper' }));
  expect([good.status, good.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await good.text()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});

it('says what is wrong with a request of a client', async () => {
  const { url } = await example.startServer(['--key', KEY]);
  const ws = await dial(url, { extraHeaders: { Authorization: `Bearer ${await signed(KEY, 60)}` } });
  const answers: unknown[] = [];
  const requests = [
    'no JSON',
    'null',
    '{"type":"join","room":"a b"}',
    '{"type":"say","room":"lobby","text":"x"}',
    '{"type":"join","room":"lobby"}',
    '{"type":"say","room":"lobby","text":""}',
    '{"type":"dance","room":"lobby"}',
  ];
  ws.onReady((adapter) => {
    for (const request of requests) adapter.dispatch(MessageType.Text, request);
  });
  ws.onMessage(MessageType.Text, (message, adapter) => {
    const { type: kind, text } = message.json() as { type: string; text?: string };
    answers.push(text ?? kind);
    if (answers.length === requests.length) adapter.close();
  });
  expect((await ws.start()).code).toBe(1000);
  expect(answers).toEqual([
    expect.stringContaining('JSON'),
    'a room is 1 to 32 letters, digits, _ and -, not undefined',
    'a room is 1 to 32 letters, digits, _ and -, not "a b"',
    'you are not in lobby',
    'history',
    'a text has 1 to 2000 characters',
    'there is no request "dance"',
  ]);
});

it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
  const { child, url } = await example.startServer();
  const ada = await startClient(url);
  ada.process.kill(signal);
  expect(await ada.exited).toBe(0);
  const other = await startClient(url, ...bob);
  child.process.kill(signal);
  expect(await child.exited).toBe(0);
  // Also while it waits to dial again.
  await other.sees(/^\* disconnected\n/m);
  other.process.kill(signal);
  expect(await other.exited).toBe(0);
});

it('explains itself, and says in one line what is wrong', async () => {
  for (const [name, word] of [
    ['server', '--lifetime'],
    ['client', '--token'],
  ] as const) {
    const help = example.start(name, ['--help']);
    expect(await help.exited).toBe(0);
    for (const each of [`--silent ${name}`, word, '--verbose']) expect(help.stdout).toContain(each);
  }
  const { child, url } = await example.startServer();
  const { port } = new URL(url);
  for (const [name, args, code, line] of [
    ['server', ['--port', 'x'], 2, /^server: --port x: a whole number .*\n$/],
    ['server', ['--lifetime', '0'], 2, /^server: --lifetime 0: a whole number .*\n$/],
    ['server', ['--port', port], 1, /^server: cannot listen on port .*choose another port.*\n$/],
    ['client', ['--no-such-option'], 2, /^client: .*--no-such-option.*\n$/],
    ['client', ['--url', 'ftp://127.0.0.1/'], 1, /^client: url: .*"ftp:\/\/127\.0\.0\.1\/"\n$/],
  ] as const) {
    const started = example.start(name, args);
    expect(await started.exited).toBe(code);
    expect(started.output).toMatch(line);
  }
  child.process.kill('SIGINT');
  await child.exited;
  const client = example.start('client', ['--url', url]);
  expect(await client.exited).toBe(1);
  expect(client.output).toMatch(/^client: cannot connect to .*does the server run, and is this its port\?\n$/);
});
