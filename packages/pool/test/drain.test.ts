import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Connection, dial, type Server, Status, serve } from '@webson/connection';
import { afterEach, expect, test } from 'vitest';
import { Pool } from '../src/index.js';

const COUNT = 6;
let server: Server;
let pool: Pool;
let clients: Connection[];
let codes: Promise<number>[];

afterEach(async () => {
  for (const client of clients) client.close();
  await pool.close();
  await server.close();
});

async function start(): Promise<void> {
  pool = new Pool();
  clients = [];
  codes = [];
  server = await serve({ host: '127.0.0.1', timeout: { close: 5000 } }, (ws) => pool.add(ws));
  for (let i = 0; i < COUNT; i++) {
    const client = await dial(server.url);
    clients.push(client);
    codes.push(client.start().then(({ code }) => code));
  }
  while (pool.size < COUNT) await new Promise(setImmediate);
}

test('all at once by default, with 1001; nobody comes in any more', async () => {
  await start();
  const drained = pool.drain();
  expect(() => pool.add(clients[0]!)).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }));
  await drained;
  expect(await Promise.all(codes)).toEqual(Array(COUNT).fill(1001));
  expect(pool.size).toBe(0);
});

test('in stages', async () => {
  await start();
  const sizes: number[] = [];
  pool.onStatus((status) => status === Status.Closed && sizes.push([...pool].filter(isOpen).length));
  const begin = performance.now();
  await pool.drain({ code: 1012, batch: 2, interval: 60 });
  expect(performance.now() - begin).toBeGreaterThan(110);
  expect(await Promise.all(codes)).toEqual(Array(COUNT).fill(1012));
  expect(Math.max(...sizes)).toBeGreaterThanOrEqual(3);
});

/** One more member, which never answers a Close. */
async function comeSilently(): Promise<Socket> {
  const socket = connect((server.address as AddressInfo).port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  socket.on('error', () => {});
  while (pool.size <= COUNT) await new Promise(setImmediate);
  return socket;
}

function isOpen(connection: Connection): boolean {
  return connection.status === Status.Ready;
}

test('who does not answer is ended at the deadline', async () => {
  await start();
  for (const client of clients) client.onMessage(1, () => new Promise(() => {}));
  const socket = await comeSilently();
  const begin = performance.now();
  await pool.drain({ deadline: 100 });
  expect(performance.now() - begin).toBeLessThan(4000);
  expect(pool.size).toBe(0);
  socket.destroy();
});

test('given up: what is not closed stays, and others may come again', async () => {
  await start();
  const abort = new AbortController();
  const drained = pool.drain({ batch: 1, interval: 60_000, signal: abort.signal });
  while (pool.size === COUNT) await new Promise(setImmediate);
  abort.abort(new Error('never mind'));
  await expect(drained).rejects.toThrow('never mind');
  expect([...pool].filter(isOpen)).toHaveLength(COUNT - 1);
  const late = await dial(server.url);
  clients.push(late);
  while (pool.size < COUNT) await new Promise(setImmediate);
});

test('two at once, the first given up: nobody comes in, and the second ends at its own deadline', async () => {
  await start();
  const silent = await comeSilently();
  const abort = new AbortController();
  const first = pool.drain({ deadline: 60_000, signal: abort.signal });
  const second = pool.drain({ deadline: 50 });
  abort.abort(new Error('never mind'));
  await expect(first).rejects.toThrow('never mind');
  expect(() => pool.add(clients[0]!)).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }));
  await second;
  expect(pool.size).toBe(0);
  expect(() => pool.add(clients[0]!)).toThrow(expect.objectContaining({ code: 'POOL_CLOSED' }));
  silent.destroy();
});

test('many share a signal: all are given up, and nobody is warned of a leak', async () => {
  await start();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const abort = new AbortController();
  const drains = Array.from({ length: 20 }, () => pool.drain({ batch: 1, interval: 60_000, signal: abort.signal }));
  const outcomes = Promise.allSettled(drains);
  abort.abort(new Error('never mind'));
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { message: 'never mind' } });
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('at the deadline it is over, also for a member whose handlers are still busy', async () => {
  await start();
  for (const member of pool) member.onMessage(1, () => new Promise(() => {}));
  const client = clients[0]!;
  while (client.status !== Status.Ready) await new Promise(setImmediate);
  for (let i = 0; i < 1100; i++) client.dispatch(1, 'x');
  await pool.drain({ deadline: 100 });
  expect(pool.size).toBe(0);
});

test.each([[{ code: 1006 }], [{ batch: 0 }], [{ interval: -1 }], [{ deadline: Number.NaN }]])(
  '%j is wrong, and nothing is done',
  async (options) => {
    await start();
    await expect(pool.drain(options)).rejects.toThrow();
    expect([...pool].filter(isOpen)).toHaveLength(COUNT);
  },
);
