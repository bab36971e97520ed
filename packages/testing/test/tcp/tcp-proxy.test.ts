import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TcpProxy } from '../../src/tcp/index.js';
import { join, Seen } from './ends.js';

function dial(proxy: TcpProxy): Seen {
  const seen = new Seen(connect({ port: proxy.port, host: '127.0.0.1' }));
  onTestFinished(() => void seen.socket.destroy());
  return seen;
}

test('knows its links, and forgets those that are closed', async () => {
  const { proxy, link, client, server } = await join();
  expect([...proxy.links]).toEqual([link]);
  expect(link.serverPort).toBe(server.socket.remotePort);
  client.socket.end();
  server.socket.end();
  await link.closed;
  expect(proxy.links.size).toBe(0);
});

test('refuses clients, and lets them in again', async () => {
  const { proxy } = await join();
  proxy.refuse(true);
  expect(await dial(proxy).ended).toBe('reset');
  proxy.refuse(false);
  const linked = new Promise((resolve) => proxy.onLink(resolve));
  dial(proxy);
  await linked;
});

test('a server that is not there resets its clients', async () => {
  const proxy = await TcpProxy.listen({ target: { path: joinPath(tmpdir(), `no-${process.pid}.sock`) } });
  expect(await dial(proxy).ended).toBe('reset');
  await proxy.close();
});

test('connects to a unix socket', async () => {
  const path = joinPath(tmpdir(), `proxy-${process.pid}.sock`);
  const server = createServer((socket) => socket.pipe(socket)).listen(path);
  await once(server, 'listening');
  const proxy = await TcpProxy.listen({ target: { path } });
  const client = dial(proxy);
  client.socket.write('echo');
  await client.has(4);
  await proxy.close();
  server.close();
  rmSync(path, { force: true });
});

test('closes with all its links, and is then no more to be reached', async () => {
  const { proxy, client, server, link } = await join();
  const { port } = proxy;
  await proxy.close();
  await Promise.all([client.ended, server.ended]);
  expect(link.isOpen).toBe(false);
  const late = new Seen(connect(port, '127.0.0.1'));
  expect(await late.ended).toBe('reset');
  await proxy.close();
});

test('conditions are for links made later, too', async () => {
  const { proxy } = await join();
  proxy.set({ delay: 5 });
  expect(() => proxy.set({ rate: 0 })).toThrow(RangeError);
  await expect(TcpProxy.listen({ target: { port: 1 }, conditions: { split: 0 } })).rejects.toThrow(RangeError);
});
