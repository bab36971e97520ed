import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { runInNewContext } from 'node:vm';
import {
  type Connection,
  type ConnectionOptions,
  dial,
  MessageType,
  type Server,
  Status,
  serve,
} from '@webson/connection';
import { pooled } from '@webson/connection/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Pool, type PoolOptions } from '../src/index.js';

const pools: Pool[] = [];
const servers: Server[] = [];
const clients: Connection[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool of what a server accepts, by the order of coming: 's0', 's1' … */
async function start(
  options: PoolOptions = {},
  settings: ConnectionOptions = {},
): Promise<{ pool: Pool; server: Server; accepted: Connection[] }> {
  const pool = new Pool(options);
  pools.push(pool);
  const accepted: Connection[] = [];
  const server = await serve({ host: '127.0.0.1', pingInterval: 0, ...settings }, (ws) => {
    pool.add(ws, { name: `s${accepted.push(ws) - 1}`, group: 'all' });
  });
  servers.push(server);
  return { pool, server, accepted };
}

/** A client, and the texts it has received. */
async function join(server: Server, accepted: Connection[], options: ConnectionOptions = {}): Promise<string[]> {
  const before = accepted.length;
  const client = await dial(server.url, { pingInterval: 0, ...options });
  clients.push(client);
  const received: string[] = [];
  client.onMessage(MessageType.Text, (message) => received.push(message.text()));
  void client.start();
  await until(() => accepted.length > before);
  return received;
}

/** A client that does not read a byte after its handshake. */
async function joinStalled(server: Server, accepted: Connection[]): Promise<Socket> {
  const before = accepted.length;
  const { port } = server.address as { port: number };
  const socket = connectSocket(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  socket.pause();
  await until(() => accepted.length > before);
  return socket;
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await new Promise(setImmediate);
}

describe('every wire setting gets the same messages, in order', () => {
  const SETTINGS: [string, ConnectionOptions][] = [
    ['plain', {}],
    ['masked servers', { alwaysMask: true }],
    ['a private mask', { privateMask: Uint8Array.of(1, 2, 3, 4), alwaysMask: true }],
    ['streams', { enableStreams: true }],
    ['compression', { enableCompress: { threshold: 0 } }],
    ['compression without context', { enableCompress: { threshold: 0, contextTakeover: false } }],
    ['streams and compression', { enableStreams: true, enableCompress: { threshold: 0 } }],
    ['the dialect of the Go kit', { dialect: 'go' } as ConnectionOptions],
  ];
  const MESSAGES = ['', 'a', 'ünï'.repeat(50), 'x'.repeat(5000), 'y'.repeat(20_000), 'z'.repeat(200_000), 'end'];

  test.each(SETTINGS)('%s', async (_name, settings) => {
    const { pool, server, accepted } = await start({ highWaterMark: 1 << 30 }, settings);
    const all = [await join(server, accepted, settings), await join(server, accepted, settings)];
    for (const message of MESSAGES) expect(pool.dispatch(MessageType.Text, message)).toBe(2);
    for (const message of MESSAGES) {
      expect(pool.dispatch(MessageType.Text, message)).toBe(2);
      await new Promise(setImmediate);
    }
    await until(() => all.every((received) => received.length >= 2 * MESSAGES.length));
    // On streams a small message may overtake a large one.
    const isOrdered = settings.enableStreams !== true;
    const expected = [...MESSAGES, ...MESSAGES];
    for (const received of all) {
      if (isOrdered) expect(received).toEqual(expected);
      else expect(received.toSorted()).toEqual(expected.toSorted());
    }
  });

  test('clients, all of them masking', async () => {
    const received: string[] = [];
    const server = await serve({ host: '127.0.0.1' }, (ws) => {
      ws.onMessage(MessageType.Text, (message) => received.push(message.text()));
    });
    servers.push(server);
    const pool = new Pool();
    pools.push(pool);
    for (let i = 0; i < 3; i++) pool.add(await dial(server.url));
    expect(pool.toClients(MessageType.Text, 'one')).toBe(3);
    expect(pool.toClients(MessageType.Text, 'two')).toBe(3);
    await until(() => received.length === 6);
    expect(received.toSorted()).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
  });
});

test('whatever else happens in the turn, each member gets what it was sent, in the order it was sent', async () => {
  const { pool, server, accepted } = await start({ highWaterMark: 1 << 20 });
  const COUNT = 10;
  const received: string[][] = [];
  for (let i = 0; i < COUNT; i++) received.push(await join(server, accepted));
  const action = fc.record({
    kind: fc.constantFrom(
      'all',
      'all',
      'all',
      'red',
      'red',
      'except',
      'own',
      'join',
      'leave',
      'pick',
      'reader',
      'turn',
    ),
    who: fc.nat(COUNT - 1),
    size: fc.constantFrom(1, 10, 300, 9000),
  });
  let serial = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const expected: string[][] = Array.from({ length: COUNT }, () => []);
      for (const list of received) list.length = 0;
      const red = new Set<number>();
      const pending: Promise<void>[] = [];
      for (const { kind, who, size } of actions) {
        const text = `${serial++} `.padEnd(size, '.');
        const owe = (isIt: (i: number) => boolean): number => {
          const those = expected.filter((_, i) => isIt(i));
          for (const list of those) list.push(text);
          return those.length;
        };
        const name = `s${who}`;
        if (kind === 'all') expect(pool.dispatch(1, text)).toBe(owe(() => true));
        else if (kind === 'red') expect(pool.toGroup('red', 1, text)).toBe(owe((i) => red.has(i)));
        else if (kind === 'except') expect(pool.except(name, 1, text)).toBe(owe((i) => i !== who));
        else if (kind === 'pick') expect(pool.toPick(name, 1, text)).toBe(owe((i) => i === who) === 1);
        else if (kind === 'join') expect(pool.join(name, 'red')).toBe(!red.has(who) && red.add(who).has(who));
        else if (kind === 'leave') expect(pool.leave(name, 'red')).toBe(red.delete(who));
        else if (kind === 'turn') await new Promise(setImmediate);
        else if (kind === 'own') {
          accepted[who]!.dispatch(1, text);
          owe((i) => i === who);
        } else {
          pending.push(accepted[who]!.dispatchReader(1, [new TextEncoder().encode(text)]));
          owe((i) => i === who);
        }
      }
      await Promise.all(pending);
      for (let i = 0; i < COUNT; i++) pool.leave(`s${i}`, 'red');
      await until(() => received.every((list, i) => list.length >= expected[i]!.length));
      expect(received).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('unmasked frames of a turn leave from the same memory on every connection', async () => {
  // Through the stream, where writes can be seen.
  const { pool, server, accepted } = await start({}, { directSockets: false });
  for (let i = 0; i < 3; i++) await join(server, accepted);
  const written: Uint8Array[] = [];
  const { prototype } = (await import('node:net')).Socket;
  const write = vi.spyOn(prototype, 'write').mockImplementation(function (this: Socket, chunk: unknown): boolean {
    written.push(chunk as Uint8Array);
    return true;
  } as typeof prototype.write);
  for (let i = 0; i < 16; i++) pool.dispatch(MessageType.Binary, new Uint8Array(100));
  await new Promise(setImmediate);
  write.mockRestore();
  expect(written.map(({ length }) => length)).toEqual([16 * 102, 16 * 102, 16 * 102]);
  expect(new Set(written).size).toBe(1);
});

test('control frames go to all, a wrong type or payload is the fault of the caller', async () => {
  const { pool, server, accepted } = await start();
  await join(server, accepted);
  const pong = new Promise<string>((resolve) => accepted[0]!.onMessage(10, (message) => resolve(message.text())));
  expect(pool.dispatch(MessageType.Ping, 'are you there')).toBe(1);
  expect(await pong).toBe('are you there');
  expect(() => pool.dispatch(0, 'x')).toThrow(RangeError);
  expect(() => pool.dispatch(MessageType.Close, 'x')).toThrow(RangeError);
  expect(() => pool.dispatch(1, 5 as unknown as string)).toThrow(TypeError);
  expect(() => pool.dispatch(MessageType.Ping, 'x'.repeat(126))).toThrow(RangeError);
});

describe('slow consumers', () => {
  const MARK = 256 * 1024;
  const SIZE = 10_000;
  const COUNT = 1500;

  /** One member that reads and one that does not; sends more than the system takes for it, and its mark. */
  async function stall(slowConsumer: 'drop' | 'close' | 'wait'): Promise<{
    pool: Pool;
    accepted: Connection[];
    good: string[];
    socket: Socket;
    taken: number[];
    reports: string[];
  }> {
    const { pool, server, accepted } = await start(
      { slowConsumer, highWaterMark: MARK, stallTimeout: 200 },
      { timeout: { close: 300 } },
    );
    const good = await join(server, accepted);
    const socket = await joinStalled(server, accepted);
    const reports: string[] = [];
    pool.onUndelivered(({ reason, payload }, { name }) => {
      if (reason === 'slow') reports.push(`${name} ${(payload as string).slice(0, 6).trim()}`);
    });
    const taken: number[] = [];
    for (let i = 0; i < COUNT; i++) {
      if (pool.dispatch(MessageType.Text, `${i}`.padEnd(SIZE)) === 2) taken.push(i);
      expect(accepted[1]!.bufferedAmount).toBeLessThanOrEqual(MARK + 100);
      await new Promise(setImmediate);
    }
    // The others have not waited for it.
    await until(() => good.length === COUNT);
    expect(good.map((text) => Number(text))).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    return { pool, accepted, good, socket, taken, reports };
  }

  test("'drop': what is above the mark is dropped for it alone, and reported", async () => {
    const { pool, accepted, taken, reports } = await stall('drop');
    expect(taken.length).toBeLessThan(COUNT);
    expect(reports).toHaveLength(COUNT - taken.length);
    expect(reports.at(-1)).toBe(`s1 ${COUNT - 1}`);
    expect([accepted[1]!.status, pool.size]).toEqual([Status.Ready, 2]);
    await pool.drained();
  });

  test("'close': it is closed with 1013 at its mark", async () => {
    const { pool, taken, reports } = await stall('close');
    expect(reports).toEqual([`s1 ${taken.length}`]);
    await until(() => pool.size === 1);
  });

  test("'wait': who awaits drained loses nothing, at the pace of the slowest", async () => {
    const { pool, server, accepted } = await start({ slowConsumer: 'wait', highWaterMark: MARK, stallTimeout: 20_000 });
    const good = await join(server, accepted);
    const slow: string[] = [];
    const client = await dial(server.url, { synchronize: true });
    clients.push(client);
    client.onMessage(MessageType.Text, async (message) => {
      slow.push(message.text());
      if (slow.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    void client.start();
    await until(() => accepted.length === 2);
    for (let i = 0; i < COUNT; i++) {
      await pool.drained('all');
      expect(pool.toGroup('all', MessageType.Text, `${i}`.padEnd(SIZE))).toBe(2);
    }
    await until(() => slow.length === COUNT && good.length === COUNT);
    expect(slow).toEqual(good);
  });

  test("'wait': one that stays stalled is closed with 1013, and drained goes on", async () => {
    const { pool, taken, reports } = await stall('wait');
    expect(reports).toHaveLength(COUNT - taken.length);
    const closed = new Promise((resolve) => pool.onStatus((status) => status === Status.Closed && resolve(undefined)));
    await pool.drained();
    expect([...pool].filter((connection) => pooled(connection).isOpen)).toHaveLength(1);
    await closed;
    await pool.drained();
    expect(pool.size).toBe(1);
  });
});

test.each<[string, () => Uint8Array | ArrayBuffer | SharedArrayBuffer]>([
  ['ArrayBuffer', () => new ArrayBuffer(100)],
  ['SharedArrayBuffer', () => new SharedArrayBuffer(100)],
  ['ArrayBuffer of another realm', () => runInNewContext('new ArrayBuffer(100)')],
  ['part of a Buffer', () => Buffer.alloc(200).subarray(100)],
])('what is kept of an %s is a copy', async (_name, create) => {
  const { pool, server, accepted } = await start({ highWaterMark: 1 });
  await joinStalled(server, accepted);
  const lost: (string | Uint8Array)[] = [];
  pool.onUndelivered(({ payload }) => lost.push(payload));
  const given = create();
  const bytes = ArrayBuffer.isView(given) ? given : new Uint8Array(given);
  bytes.fill(1);
  expect(pool.dispatch(2, 'first, it is queued')).toBe(1);
  expect(pool.dispatch(2, given as ArrayBuffer)).toBe(0);
  bytes.fill(2);
  expect(lost).toEqual([new Uint8Array(100).fill(1)]);
});
