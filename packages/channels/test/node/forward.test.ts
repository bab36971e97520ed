import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Connection, dial, Status, serve } from '@webson/connection';
import { TcpProxy } from '@webson/testing/tcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expose, forward, onChannel } from '../../src/index.js';
import { collect, meet, pattern } from '../support.js';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Ports that lead from one end of a connection to services at the other. */
async function forwarded(
  services: Parameters<typeof expose>[1],
  names: string[],
  direction: 'up' | 'down' = 'up',
): Promise<number[]> {
  const ends = await meet(({ client, server }) => void expose(direction === 'up' ? server : client, services));
  const from = direction === 'up' ? ends.client : ends.server;
  const all = await Promise.all(names.map((name) => forward(from, name)));
  for (const each of all) onTestFinished(() => each.close());
  return all.map(({ port }) => port);
}

async function requested(port: number, path = '/'): Promise<string> {
  const [response] = (await once(get({ port, path, host: '127.0.0.1', agent: false }), 'response')) as [
    IncomingMessage,
  ];
  return (await collect(response)).toString();
}

/** Debian's redis-server on a unix socket of its own. */
async function startRedis(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'webson-redis-'));
  const path = join(folder, 'redis.sock');
  const child: ChildProcess = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(async () => {
    const exit = once(child, 'exit');
    child.kill();
    await exit;
    await rm(folder, { recursive: true });
  });
  await readUntil(child.stdout as Readable, (text) => text.includes('eady to accept'));
  return path;
}

describe.each(['up', 'down'] as const)('%s a connection', (direction) => {
  test('an HTTP server answers, many at a time', async () => {
    const body = pattern(300_000);
    const http = createHttpServer((request, response) => {
      response.end(request.url === '/large' ? body.toString('base64') : `you asked for ${request.url}`);
    });
    const [port] = (await forwarded({ web: { port: await listening(http) } }, ['web'], direction)) as [number];
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => requested(port, `/${i}`)));
    expect(answers).toEqual(answers.map((_, i) => `you asked for /${i}`));
    expect(await requested(port, '/large')).toBe(body.toString('base64'));
  });

  test('redis speaks, with pipelining and blocking commands', async () => {
    const [port] = (await forwarded({ redis: { path: await startRedis() } }, ['redis'], direction)) as [number];
    const [one, two] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    for (const socket of [one, two]) onTestFinished(() => void socket.destroy());
    const commands = Array.from({ length: 5000 }, (_, i) => `SET key${i} ${'x'.repeat(1 + (i % 200))}\r\n`).join('');
    const stored = readUntil(one, (text) => text.length === 5000 * '+OK\r\n'.length);
    one.write(commands);
    await stored;
    const popped = readUntil(one, (text) => text.endsWith('value\r\n'));
    one.write('BLPOP list 0\r\n');
    two.write('RPUSH list value\r\n');
    expect(await popped).toBe('*2\r\n$4\r\nlist\r\n$5\r\nvalue\r\n');
    two.write('QUIT\r\n');
    await once(two.resume(), 'end');
  });

  test('a WebSocket server echoes', async () => {
    const inner = await serve({ host: '127.0.0.1' }, (ws) => {
      ws.onMessage(2, (message, adapter) => void adapter.dispatch(2, message.read()));
      void ws.start();
    });
    onTestFinished(() => inner.close());
    const target = { port: Number(new URL(inner.url).port) };
    const [port] = (await forwarded({ ws: target }, ['ws'], direction)) as [number];
    const ws: Connection = await dial(`ws://127.0.0.1:${port}`);
    const got = new Promise<Uint8Array>((resolve) => ws.onMessage(2, (message) => resolve(message.read())));
    const ended = ws.start();
    const bytes = pattern(1_000_000);
    ws.dispatch(2, bytes);
    expect(bytes.equals(await got)).toBe(true);
    ws.close();
    expect(await ended).toMatchObject({ code: 1000, wasClean: true });
  });

  test('a side that has ended hears the other to its end', async () => {
    const service = createServer({ allowHalfOpen: true }, async (socket) => {
      const got = await collect(socket.iterator({ destroyOnReturn: false }));
      socket.end(`got ${got.length}`);
    });
    const [port] = (await forwarded({ count: { port: await listening(service) } }, ['count'], direction)) as [number];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(pattern(2_000_000));
    expect((await collect(socket)).toString()).toBe('got 2000000');
  });
});

function readUntil(source: Readable, isEnough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!isEnough(text)) return;
      source.off('data', onData);
      resolve(text);
    };
    source.on('data', onData);
  });
}

describe('whoever comes is cut off', () => {
  async function cutOff(port: number): Promise<unknown> {
    const socket = connect(port, '127.0.0.1').resume();
    const [error] = await once(socket, 'error').catch((thrown: unknown) => [thrown]);
    return (error as NodeJS.ErrnoException).code;
  }

  test('when the peer exposes nothing of that name, or takes other channels alone', async () => {
    expect(await Promise.all((await forwarded({}, ['x', '__proto__'])).map(cutOff))).toEqual([
      'ECONNRESET',
      'ECONNRESET',
    ]);
  });

  test('when the service cannot be reached, and the peer says so', async () => {
    const closed = createServer();
    const port = await listening(closed);
    closed.close();
    await once(closed, 'close');
    const [from] = (await forwarded({ gone: { port } }, ['gone'])) as [number];
    expect(await cutOff(from)).toBe('ECONNRESET');
  });

  test('when the service cuts it off', async () => {
    const service = createServer((socket) => void socket.resetAndDestroy());
    const [port] = (await forwarded({ rude: { port: await listening(service) } }, ['rude'])) as [number];
    expect(await cutOff(port)).toBe('ECONNRESET');
  });

  test('when the connection is cut; after it was dialled again it works again', async () => {
    const http = createHttpServer((_request, response) => void response.end('here'));
    const target = { port: await listening(http) };
    const host = await serve({ host: '127.0.0.1', enableStreams: true }, (ws) => {
      expose(ws, { web: target });
      void ws.start();
    });
    onTestFinished(() => host.close());
    const proxy = await TcpProxy.listen({ target: { port: Number(new URL(host.url).port) } });
    onTestFinished(() => proxy.close());
    const client = await dial(`ws://127.0.0.1:${proxy.port}`, { enableStreams: true });
    let ended = client.start();
    const forwarding = await forward(client, 'web');
    onTestFinished(() => forwarding.close());
    for (let i = 0; i < 3; i++) {
      expect(await requested(forwarding.port)).toBe('here');
      const open = connect(forwarding.port, '127.0.0.1');
      open.write('GET / HTTP/1.1\r\nHost: x\r\n');
      await once(open, 'connect');
      const cut = once(open, 'close').catch(() => {});
      open.on('error', () => {});
      for (const link of proxy.links) link.destroy();
      await Promise.all([cut, ended]);
      expect(await cutOff(forwarding.port)).toBe('ECONNRESET');
      ended = client.restart();
      while (client.status !== Status.Ready) await new Promise(setImmediate);
    }
    client.close();
    await ended;
  });
});

test('the trace shows why somebody was cut off', async () => {
  const program = `
    import { connect } from 'node:net';
    import { dial, serve } from '@webson/connection';
    import { expose, forward } from '@webson/channels';
    const server = await serve({ host: '127.0.0.1', enableStreams: true }, (ws) => void expose(ws, { web: { port: 1 } }));
    for (const enableStreams of [true, false]) {
      const ws = await dial(server.url, { enableStreams });
      const ended = ws.start();
      for (const service of ['web', 'wep\\n']) {
        const forwarding = await forward(ws, service);
        const socket = connect(forwarding.port, '127.0.0.1').on('error', () => {});
        await new Promise((resolve) => socket.on('close', resolve));
        await forwarding.close();
      }
      ws.close();
      await ended;
    }
    await server.close();`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, NODE_DEBUG: 'webson' },
  });
  const shown = [...stderr.matchAll(/#\d+ (a connection to .*)/g)].map(([, line]) => line);
  expect(shown).toEqual([
    expect.stringMatching(/^a connection to "tcp:web" was cut off: ChannelError CHANNEL_REFUSED: .*ECONNREFUSED/),
    expect.stringMatching(/^a connection to "tcp:wep\\n" was cut off: ChannelError CHANNEL_REFUSED: /),
    expect.stringMatching(/^a connection to "tcp:web" was cut off: ChannelError NO_STREAMS: /),
    expect.stringMatching(/^a connection to "tcp:wep\\n" was cut off: ChannelError NO_STREAMS: /),
  ]);
});

describe('what is wrong is an error that says so', () => {
  test.each<[object, string]>([
    [{ a: 6379 }, 'services.a: { port } or { path } expected, got 6379'],
    [{ a: { port: '6379' } }, 'services.a: port: an integer from 1 to 65535 expected, got 6379'],
    [{ a: { port: 1, hots: 'x' } }, 'services.a: no such option: hots; there are host, port and path'],
    [{ a: { port: 1, path: 'x' } }, 'services.a: either a port or the path of a socket expected'],
  ])('%j', async (services, message) => {
    const { server } = await meet();
    expect(() => expose(server, services as never)).toThrow(message);
  });

  test('a name is exposed once, and none of the others then', async () => {
    const { server } = await meet();
    onChannel(server, () => {}, { name: 'tcp:b' });
    expect(() => expose(server, { a: { port: 1 }, b: { port: 2 } })).toThrow(
      'channels named "tcp:b" have a handler already',
    );
    expose(server, { a: { port: 1 } })();
    expose(server, { a: { port: 1 } });
  });

  test('a port in use', async () => {
    const { client } = await meet();
    const first = await forward(client, 'x');
    await expect(forward(client, 'y', { port: first.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    await expect(forward(client, 'z', { prot: 1 } as never)).rejects.toThrow('prot: no such option');
  });
});
