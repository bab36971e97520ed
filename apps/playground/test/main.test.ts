import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { spawnChild } from '@webson/child-process';
import { expect, it, onTestFinished } from 'vitest';
import { type CloseInfo, type Connection, dial, MessageType } from 'webson';
import { scriptOf, startCommand, startServer } from './child.js';

it.each(['SIGINT', 'SIGTERM'] as const)('echoes text and binary; %s closes with 1001 and exits 0', async (signal) => {
  const { child, echoUrl } = await startServer();
  const client = await openClient(echoUrl);
  expect(await client.echo(MessageType.Text, 'héllo')).toEqual({ type: MessageType.Text, text: 'héllo' });
  expect(await client.echo(MessageType.Binary, Buffer.from([104, 105]))).toEqual({ type: 2, text: 'hi' });
  expect(await client.echo(MessageType.Text, '')).toEqual({ type: MessageType.Text, text: '' });

  child.process.kill(signal);
  expect(await client.ended).toMatchObject({ code: 1001, wasClean: true });
  expect(await child.exited).toBe(0);
  expect(child.output).toMatch(/Stopped\. 3 messages echoed\.\n$/);
});

it('tells how many are connected', async () => {
  const { child, echoUrl } = await startServer();
  const client = await openClient(echoUrl);
  await child.sees(/^1 connection, 0 messages echoed$/m);
  await client.echo(MessageType.Text, 'one');
  client.connection.close();
  await client.ended;
  await child.sees(/^0 connections, 1 message echoed$/m);
});

it('exits at once when it is told a second time', async () => {
  const { child, echoUrl } = await startServer();
  const silent = await openSilent(echoUrl);
  child.process.kill('SIGINT');
  // The Close has come and stays unanswered.
  const [chunk] = await once(silent, 'data');
  expect([...(chunk as Buffer)]).toEqual([0x88, 2, 1001 >> 8, 1001 & 255]);
  child.process.kill('SIGINT');
  expect(await child.exited).toBe(130);
});

it('takes Ctrl+C from a terminal as a key, so that nobody but the server is interrupted', async () => {
  const command = [process.execPath, scriptOf('main'), '--port', '0'];
  const child = spawnChild(
    'script',
    process.platform === 'darwin' ? ['-q', '/dev/null', ...command] : ['-qec', command.join(' '), '/dev/null'],
    'pipe',
  );
  const [, echoUrl = ''] = await child.sees(/ client (ws:\S+)/);
  const client = await openClient(echoUrl);
  await child.sees(/1 connection, /);
  child.process.stdin?.write('\x03');
  expect(await client.ended).toMatchObject({ code: 1001, wasClean: true });
  expect(await child.exited).toBe(0);
  expect(child.output).not.toContain('^C');
});

it('takes the next port that is free', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void occupant.close());
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;
  const { child, pageUrl } = await startServer(port);
  expect(Number(new URL(pageUrl).port)).toBeGreaterThan(port);
  expect(child.output).toContain(`Port ${port} is taken.`);
});

it('explains itself, and says what is wrong', async () => {
  const help = startCommand('main', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('--port N');
  for (const [args, code, message] of [
    [['--port', '70000'], 2, 'start: --port 70000: a whole number from 0 to 65535 is needed (--help tells more)\n'],
    [['--port', 'x'], 2, 'start: --port x: a whole number from 0 to 65535 is needed (--help tells more)\n'],
    [['--prot', '1'], 2, "start: Unknown option '--prot' (--help tells more)\n"],
    [['--host', '192.0.2.1'], 1, 'start: cannot listen on 192.0.2.1, port 8000: EADDRNOTAVAIL\n'],
  ] as const) {
    const child = startCommand('main', args);
    expect([await child.exited, child.output]).toEqual([code, message]);
  }
});

it('serves the page and nothing else', async () => {
  const { pageUrl } = await startServer();
  const page = await fetch(pageUrl);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('<title>webson playground</title>');
  const head = await fetch(new URL('/page/main.js', pageUrl), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
  expect((await fetch(new URL('/package.json', pageUrl))).status).toBe(404);
  expect((await fetch(new URL('/..%2fpackage.json', pageUrl))).status).toBe(404);
  expect((await fetch(pageUrl, { method: 'POST' })).status).toBe(405);
});

it('refuses a message that is too large', async () => {
  const { echoUrl } = await startServer();
  const client = await openClient(echoUrl);
  client.connection.dispatch(MessageType.Binary, new Uint8Array(2 ** 20 + 1));
  expect(await client.ended).toMatchObject({ code: 1009 });
});

it('stops reading from a peer that does not read, and loses nothing', async () => {
  const { echoUrl } = await startServer();
  const messages = 64;
  const silent = await openSilent(echoUrl);
  silent.pause();
  // Masked with zeros: the payload goes over as it is.
  const frame = Buffer.concat([
    Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]),
    Buffer.alloc(2 ** 20, 7),
  ]);
  for (let count = 0; count < messages; count++) silent.write(frame);

  const client = await openClient(echoUrl);
  for (let count = 0; count < 50; count++) await client.echo(MessageType.Text, 'still there');
  expect(silent.writableLength).toBeGreaterThan(0);

  let expected = messages * (2 ** 20 + 10);
  for await (const chunk of silent) {
    expected -= (chunk as Buffer).length;
    if (expected <= 0) break;
  }
  expect(expected).toBe(0);
});

interface Client {
  readonly connection: Connection;
  readonly ended: Promise<CloseInfo>;
  echo(type: number, payload: string | Uint8Array): Promise<{ type: number; text: string }>;
}

async function openClient(url: string): Promise<Client> {
  const connection = await dial(url);
  let onEcho: (echo: { type: number; text: string }) => void = () => {};
  for (const type of [MessageType.Text, MessageType.Binary]) {
    connection.onMessage(type, (message) => onEcho({ type: message.type, text: message.text() }));
  }
  return {
    connection,
    ended: connection.start(),
    echo: (type, payload) =>
      new Promise((resolve) => {
        onEcho = resolve;
        connection.dispatch(type, payload);
      }),
  };
}

// A client that has shaken hands and answers nothing.
async function openSilent(url: string): Promise<Socket> {
  const { hostname, port, host, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const [head] = await once(socket, 'data');
  expect(String(head)).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n$/);
  return socket;
}
