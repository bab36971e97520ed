import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { Server } from '../../src/node/server/server.js';
import { takeOver } from '../../src/node/server/take-over.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { Status } from '../../src/status.js';
import { concat, cut, frame } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import {
  cleanUp,
  expectNothingLeft,
  portOf,
  RawClient,
  rejection,
  reset,
  serveForTest,
  socketPath,
  TLS,
  upgradeRequest,
} from './harness.js';

// Connections that nobody has started: their peers may leave all the same, and nothing of them must stay; what they had sent
// before is there for who starts them later.
expectNothingLeft();

const never = new Promise<never>(() => {});

interface Kind {
  server: () => ServeOptions;
  client: DialOptions;
}

const KINDS: [string, Kind][] = [
  ['TCP', { server: () => ({}), client: {} }],
  ['TCP, through the stream', { server: () => ({ directSockets: false }), client: { directSockets: false } }],
  ['TLS', { server: () => ({ tls: TLS }), client: { tls: { ca: TLS.cert } } }],
  ['a unix socket', { server: () => ({ socketPath: socketPath() }), client: {} }],
];

/** A server whose handler of connections never settles, and the connections it was given. */
async function hanging(options: ServeOptions = {}): Promise<{ server: Server; taken: Connection[] }> {
  const taken: Connection[] = [];
  const server = await serveForTest({ pingInterval: 0, ...options }, (connection) => {
    taken.push(connection);
    return never;
  });
  return { server, taken };
}

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await turns(1);
}

/** A connection of a server that hangs, and its client, in bytes. */
async function rawly(options: ServeOptions = {}): Promise<{ raw: RawClient; connection: Connection; server: Server }> {
  const { server, taken } = await hanging(options);
  const port = portOf(server);
  const raw =
    options.tls === undefined
      ? RawClient.to(port)
      : new RawClient(connectTls({ port, host: '127.0.0.1', ca: TLS.cert, allowHalfOpen: true } as object));
  raw.socket.write(upgradeRequest());
  await raw.head();
  await until(() => taken.length === 1);
  return { raw, connection: taken[0] as Connection, server };
}

const masked = (opcode: number, payload: string | Uint8Array = ''): Uint8Array =>
  frame(opcode, payload, { mask: true });
const CLOSE = Uint8Array.of(3, 0xe8);

describe.each(KINDS)('over %s', (_name, { server: options, client }) => {
  it.each([
    ['closes', (ws: Connection) => ws.close(4001, 'bye'), { code: 4001, reason: 'bye', wasClean: true }],
    [
      'sends and closes',
      (ws: Connection) => {
        for (let i = 0; i < 100; i++) ws.dispatch(1, `message ${i}`);
        ws.close();
      },
      { code: 1000, reason: '', wasClean: true },
    ],
  ])('a client that %s is answered, and leaves the server whose handler hangs', async (_what, leave, expected) => {
    const { server, taken } = await hanging(options());
    const clients = await Promise.all(Array.from({ length: 5 }, () => dial(server.url, client)));
    const ends = clients.map((ws) => ws.start());
    await until(() => taken.length === 5);
    for (const ws of clients) leave(ws);
    for (const ended of ends) expect(await ended).toEqual(expected);
    await until(() => server.connections.size === 0);
    for (const connection of taken) expect(connection.status).toBe(Status.Closed);
  });

  it('what it had sent is delivered to who starts it then, and how it ended is told', async () => {
    const { server, taken } = await hanging(options());
    const ws = await dial(server.url, client);
    const ended = ws.start();
    ws.dispatch(1, 'one');
    ws.dispatch(2, new Uint8Array(20_000));
    ws.close(4001, 'bye');
    expect(await ended).toMatchObject({ wasClean: true });
    await until(() => server.connections.size === 0);
    const [connection] = taken as [Connection];
    const seen: unknown[] = [];
    connection.onReady(() => seen.push('ready'));
    connection.onMessage(1, (message) => seen.push(message.text()));
    connection.onMessage(2, (message) => seen.push(message.read().length));
    connection.onStatus(Status.Closed, () => seen.push('closed'));
    expect(await connection.start()).toEqual({ code: 4001, reason: 'bye', wasClean: true });
    expect(seen).toEqual(['ready', 'one', 20_000, 'closed']);
    expect(connection.status).toBe(Status.Closed);
    expect(await rejection(connection.start())).toMatchObject({ code: 'ALREADY_STARTED' });
  });

  it('started while the peer waits for the answer, or before it closes: nothing is lost', async () => {
    for (const isClosed of [true, false]) {
      const { server, taken } = await hanging(options());
      const ws = await dial(server.url, client);
      const ended = ws.start();
      ws.dispatch(1, 'one');
      if (isClosed) ws.close();
      await until(() => taken.length === 1);
      await turns(isClosed ? 2 : 10);
      const [connection] = taken as [Connection];
      const seen: string[] = [];
      connection.onMessage(1, (message) => seen.push(message.text()));
      const info = connection.start();
      if (!isClosed) {
        ws.dispatch(1, 'two');
        ws.close();
      }
      expect(await info).toEqual({ code: 1000, reason: '', wasClean: true });
      expect(await ended).toMatchObject({ code: 1000, wasClean: true });
      expect(seen).toEqual(isClosed ? ['one'] : ['one', 'two']);
    }
  });

  it('a dialled one lets go when its server closes, however many there are', async () => {
    const server = await serveForTest(options());
    const clients = await Promise.all(Array.from({ length: 40 }, () => dial(server.url, client)));
    const told: Status[] = [];
    for (const ws of clients) ws.onStatus(Status.Closed, (previous) => told.push(previous));
    await until(() => server.connections.size === 40);
    await server.close();
    await until(() => told.length === 40);
    expect(told).toEqual(Array(40).fill(Status.YetReady));
    expect(await clients[0]?.start()).toEqual({ code: 1001, reason: '', wasClean: true });
  });

  it('a dialled one that was sent something before: it is read by who starts it', async () => {
    const server = await serveForTest(options(), (ws) => {
      ws.onReady((a) => a.dispatch(1, 'welcome'));
    });
    const ws = await dial(server.url, client);
    await until(() => server.connections.size === 1);
    await server.close();
    await until(() => ws.status === Status.Closed);
    const seen: string[] = [];
    ws.onMessage(1, (message) => seen.push(message.text()));
    expect(await ws.start()).toMatchObject({ code: 1001, wasClean: true });
    expect(seen).toEqual(['welcome']);
  });
});

describe.each([
  ['TCP', {}],
  ['TCP, through the stream', { directSockets: false }],
  ['TLS', { tls: TLS }],
])('a client that leaves without a Close: %s', (_name, options: ServeOptions) => {
  it.each([
    ['ends', (socket: Socket) => void socket.end(), {}],
    ['sends and ends', (socket: Socket) => void socket.end(masked(1, 'last')), {}],
    ['sends half a frame and ends', (socket: Socket) => void socket.end(masked(1, 'last').subarray(0, 5)), {}],
    ['sends what is no frame and ends', (socket: Socket) => void socket.end('\xff\xff\xff\xff', 'latin1'), {}],
    ['is destroyed', (socket: Socket) => void socket.destroy(), {}],
  ])('%s', async (_what, leave) => {
    const { raw, connection, server } = await rawly(options);
    leave(raw.socket);
    await until(() => server.connections.size === 0);
    expect(connection.status).toBe(Status.Closed);
    await raw.until(({ hasClosed }) => hasClosed);
  });
});

describe('a client of a server whose handler hangs', () => {
  it('resets: the error is told to who starts it', async () => {
    const { raw, connection, server } = await rawly();
    reset(raw.socket);
    await until(() => server.connections.size === 0);
    expect(await connection.start()).toMatchObject({ code: 1006, error: { code: 'ECONNRESET' } });
  });

  it('half-closes after a message: 1006, and the message', async () => {
    const { raw, connection, server } = await rawly();
    raw.socket.end(masked(1, 'last'));
    await until(() => server.connections.size === 0);
    const seen: string[] = [];
    connection.onMessage(1, (message) => seen.push(message.text()));
    expect(await connection.start()).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(seen).toEqual(['last']);
  });

  it('closes and never ends its side: its socket goes after timeout.close', async () => {
    const { raw, server } = await rawly({ timeout: { close: 50 } });
    raw.socket.write(masked(8, CLOSE));
    await until(() => server.connections.size === 0);
    expect(raw.bytes.subarray(-4)).toEqual(Buffer.from([0x88, 2, 3, 0xe8]));
  });

  it.each([
    ['a Close in single bytes', [...masked(8, CLOSE)].map((byte) => Uint8Array.of(byte)), [0x88, 2, 3, 0xe8]],
    ['a Close without a code', [masked(8)], [0x88, 0]],
    ['a Close with a code that may not be', [masked(8, Uint8Array.of(3, 0xed))], [0x88, 2, 3, 0xea]],
    ['a Close between fragments', [frame(1, 'a', { fin: false, mask: true }), masked(8, CLOSE)], [0x88, 2, 3, 0xe8]],
    ['a ping before its Close', [masked(9, 'x'), masked(8, CLOSE)], [0x88, 2, 3, 0xe8]],
  ])('%s is answered', async (_name, writes, answer) => {
    const { raw, server } = await rawly();
    for (const bytes of writes) {
      raw.socket.write(bytes);
      await turns(2);
    }
    await raw.until(({ hasEnded }) => hasEnded);
    expect([...raw.bytes.subarray(-answer.length)]).toEqual(answer);
    raw.socket.end();
    await until(() => server.connections.size === 0);
  });

  it('speaks of what only this side and it know', async () => {
    const shared = { privateMask: Uint8Array.from({ length: 8 }, (_, i) => 31 * i + 7), alwaysMask: true };
    const { server } = await hanging({ ...shared, enableStreams: true, enableCompress: true });
    const ws = await dial(server.url, { ...shared, enableStreams: true, enableCompress: true });
    const ended = ws.start();
    ws.dispatch(1, 'compressed '.repeat(200));
    ws.close(4002);
    expect(await ended).toMatchObject({ code: 4002, wasClean: true });
    await until(() => server.connections.size === 0);
  });

  it('speaks as the Go kit does', async () => {
    const { server } = await hanging({ dialect: 'go' });
    const ws = await dial(server.url, { dialect: 'go', timeout: { close: 1000 } });
    const ended = ws.start();
    await until(() => server.connections.size === 1);
    ws.close();
    expect(await ended).toMatchObject({ code: 1000, wasClean: true });
    await until(() => server.connections.size === 0);
  });

  it.each([[{}], [{ directSockets: false }]])(
    'is read no further than a bound, and all of it later: %j',
    async (options) => {
      let socket!: Socket;
      const headerVerify = (_headers: unknown, request: unknown): boolean => {
        ({ socket } = request as { socket: Socket });
        return true;
      };
      const { raw, connection } = await rawly({ ...options, headerVerify });
      const COUNT = 200;
      const bytes = new Uint8Array(50_000);
      for (let i = 0; i < COUNT; i++) raw.socket.write(masked(2, bytes));
      for (let last = -1; last !== socket.bytesRead; await turns(20)) last = socket.bytesRead;
      expect(socket.bytesRead).toBeGreaterThan(50_000);
      expect(socket.bytesRead).toBeLessThan(500_000);
      let received = 0;
      connection.onMessage(2, (message) => {
        received += message.read().length;
      });
      const ended = connection.start();
      raw.socket.end(masked(8, CLOSE));
      expect(await ended).toMatchObject({ code: 1000, wasClean: true });
      expect(received).toBe(COUNT * bytes.length);
    },
  );

  it('has sent more than is read ahead, and leaves: pings find out', async () => {
    const { raw, server } = await rawly({ pingInterval: 20 });
    raw.socket.write(masked(2, new Uint8Array(200_000)), () => raw.socket.destroy());
    await until(() => server.connections.size === 0);
  });
});

type Leaving = 'close' | 'end' | 'reset';

propertyTest(
  'whatever it sends, however it leaves, and whenever it is started: what is whole is delivered, and nothing stays',
  60,
  fc.asyncProperty(
    fc.record({
      // Lengths of messages, of which the last may be cut off.
      lengths: fc.array(fc.constantFrom(0, 5, 200, 5000), { maxLength: 6 }),
      cutOff: fc.nat(8),
      leaving: fc.constantFrom<Leaving>('close', 'end', 'reset'),
      // Bytes of each write, and the write before which the connection is started; beyond the last: after it has left.
      step: fc.constantFrom(1, 7, 1000, 100_000),
      startAt: fc.option(fc.nat(8), { nil: undefined }),
      isDirect: fc.boolean(),
    }),
    async ({ lengths, cutOff, leaving, step, startAt, isDirect }) => {
      const { server, taken } = await hanging({ directSockets: isDirect });
      const raw = RawClient.to(portOf(server), upgradeRequest());
      await raw.head();
      await until(() => taken.length === 1);
      const connection = taken[0] as Connection;
      const seen: number[] = [];
      let info: Promise<CloseInfo> | undefined;
      const start = (): void => {
        connection.onMessage(2, (message) => seen.push(message.read().length));
        info = connection.start();
      };
      const frames = lengths.map((length) => masked(2, new Uint8Array(length)));
      const isCut = cutOff > 0 && lengths.length > 0;
      if (isCut) frames[frames.length - 1] = frames[frames.length - 1]!.subarray(0, -Math.min(cutOff, 3));
      if (leaving === 'close' && !isCut) frames.push(masked(8, CLOSE));
      const writes = cut(concat(frames), Math.max(step, Math.ceil(concat(frames).length / 40)));
      for (const [i, bytes] of writes.entries()) {
        if (i === startAt) start();
        raw.socket.write(bytes);
        await turns(i % 3);
      }
      if (leaving === 'reset') reset(raw.socket);
      else raw.socket.end();
      await until(() => server.connections.size === 0);
      if (startAt !== undefined && info === undefined) start();
      expect(connection.status).toBe(info === undefined || startAt! < writes.length ? Status.Closed : Status.Ready);
      const whole = isCut ? lengths.slice(0, -1) : lengths;
      if (info === undefined) return;
      const isClean = leaving === 'close' && !isCut;
      const { code, wasClean } = await info;
      // What the system had not handed over when it was reset is lost.
      if (leaving === 'reset') expect(seen).toEqual(whole.slice(0, seen.length));
      else expect([seen, code, wasClean]).toEqual([whole, isClean ? 1000 : 1006, isClean]);
    },
  ),
);

describe('handlers', () => {
  it('are told the end once, each: those there were then, and those that came later', async () => {
    const { raw, connection, server } = await rawly();
    const early: string[] = [];
    const late: string[] = [];
    const listen = (seen: string[], name: string): void => {
      connection.onReady(() => seen.push('ready'));
      connection.onStatus(Status.Ready, () => seen.push('Ready'));
      connection.onStatus(Status.Closed, (previous) => seen.push(`Closed after ${previous}`));
      connection.apply({ name, onStatus: (status) => seen.push(`status ${status}`) });
    };
    listen(early, 'early');
    raw.socket.end(masked(8, CLOSE));
    await until(() => server.connections.size === 0);
    expect(early).toEqual(['Closed after -1', 'status 1']);
    listen(late, 'late');
    await connection.start();
    expect(early).toEqual(['Closed after -1', 'status 1']);
    expect(late).toEqual(['ready', 'Ready', 'status 0', 'Closed after 0', 'status 1']);
  });

  it('that are there by the time onConnection settles see what was sent before', async () => {
    const seen: string[] = [];
    let settle = (): void => {};
    const server = await serveForTest({}, async (connection) => {
      await new Promise<void>((resolve) => {
        settle = resolve;
      });
      connection.onMessage(1, (message) => seen.push(message.text()));
      connection.onStatus(Status.Closed, () => seen.push('closed'));
    });
    const ws = await dial(server.url);
    const ended = ws.start();
    ws.dispatch(1, 'one');
    ws.close();
    expect(await ended).toMatchObject({ wasClean: true });
    await until(() => server.connections.size === 0);
    settle();
    await until(() => seen.includes('closed'));
    expect(seen).toEqual(['one', 'closed']);
  });

  it('of a client that dials again are all told', async () => {
    const server = await serveForTest({});
    const ws = await dial(server.url);
    const seen: string[] = [];
    ws.onReady(() => seen.push('ready')).onStatus(Status.Closed, () => seen.push('closed'));
    await until(() => server.connections.size === 1);
    for (const connection of server.connections) connection.close();
    await until(() => seen.length === 1);
    expect(seen).toEqual(['closed']);
    const again = ws.restart();
    await until(() => seen.length === 2);
    ws.close();
    await again;
    expect(seen).toEqual(['closed', 'ready', 'closed']);
  });
});

describe('closed by this side', () => {
  it('after the peer has left: it cannot be started any more', async () => {
    const { raw, connection, server } = await rawly();
    raw.socket.end();
    await until(() => server.connections.size === 0);
    expect(() => connection.close(1006)).toThrow(RangeError);
    connection.close();
    expect(await rejection(connection.start())).toMatchObject({ code: 'CLOSED' });
  });

  it('with bytes of the peer that nobody has read: the closing handshake goes on', async () => {
    const { raw, connection, server } = await rawly();
    raw.socket.write(masked(1, 'unread'));
    await turns(10);
    connection.close(4003);
    await raw.until(({ bytes }) => bytes.subarray(-4).equals(Buffer.from([0x88, 2, 0x0f, 0xa3])));
    raw.socket.end(masked(8, Uint8Array.of(0x0f, 0xa3)));
    await until(() => server.connections.size === 0);
  });

  it('drained at a deadline', async () => {
    const { raw, server } = await rawly();
    await server.drain({ deadline: 20 });
    expect(server.connections.size).toBe(0);
    await raw.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
  });
});

it('takeOver, and never started: the peer leaves, and its socket goes', async () => {
  const http = createServer();
  const taken: Promise<Connection>[] = [];
  http.on('upgrade', (request, socket, head) => void taken.push(takeOver(request, socket, head)));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanUp(() => http.close());
  const ws = await dial(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const ended = ws.start();
  const connection = (await taken[0]) as Connection;
  const closed = new Promise((resolve) => connection.onStatus(Status.Closed, resolve));
  ws.dispatch(1, 'x');
  ws.close();
  expect(await ended).toMatchObject({ code: 1000, wasClean: true });
  expect(await closed).toBe(Status.YetReady);
});
