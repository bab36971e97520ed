import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import { MessageTooLargeError, ProtocolError } from '../../src/protocol/contract/errors.js';
import { Status } from '../../src/status.js';
import { READ_AHEAD } from '../../src/transport.js';
import {
  expectNothingLeft,
  listen,
  portOf,
  RawClient,
  rejection,
  serveForTest,
  upgradeRequest,
} from '../node/harness.js';
import { concat } from '../support/frames.js';
import { deflated } from '../support/hostile-deflate.js';
import { DEFLATE, type HostilePeer, type Meeting, type MeetingOptions, meet, ROLES } from '../support/hostile-peer.js';
import { turns } from '../support/turns.js';

// docs/LIMITS.md says what the code does: its defaults are those of the code, and each of its rows is provoked here.
expectNothingLeft();

const MIB = 1 << 20;

interface Row {
  name: string;
  value: number;
  code: number | undefined;
  reason: string;
}

function table(heading: string): Row[] {
  const text = readFileSync(new URL('../../../../docs/LIMITS.md', import.meta.url), 'utf8');
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => {
    const [name, value, , , code, reason] = line
      .slice(2)
      .split(' |')
      .map((cell) => cell.trim().replaceAll('`', '')) as [string, string, string, string, string, string];
    return { name, value: Number(value), code: code === '' ? undefined : Number(code), reason };
  });
}

const OPTIONS = table('Options');
const STREAMS = table('Streams');
const FIXED = table('Fixed');
const ROWS = [...OPTIONS, ...STREAMS, ...FIXED];

test('every limit among the settings has its row, with its default', () => {
  const settings = Object.entries(resolveOptions({})).filter(([, value]) => typeof value === 'number');
  const documented = new Map(OPTIONS.map(({ name, value }) => [settingOf(name), value]));
  expect([...documented].sort()).toEqual(settings.sort());
  for (const value of documented.values()) expect(value).toBeGreaterThan(0);
});

// 'timeout.close' is the setting 'closeTimeout'.
function settingOf(option: string): string {
  return option.replace(/^timeout\.(.*)$/, '$1Timeout').replace(/,.*$/, '');
}

interface Provocation {
  row: string;
  options: MeetingOptions;
  wire: (peer: HostilePeer) => Uint8Array[];
}

const compressed: MeetingOptions = { header: DEFLATE, enableCompress: true };

const halfReadMessages = (peer: HostilePeer): Uint8Array[] => {
  return Array<Uint8Array>(1100).fill(peer.frame(2, deflated(MIB), { rsv: 4 }));
};

const streams: MeetingOptions = {
  header: 'Sec-WebSocket-Extensions: webson-streams; max-streams=2; window=1000; connection-window=1000\r\n',
  enableStreams: true,
};

function open(peer: HostilePeer, streamId: number, length: number): Uint8Array {
  return peer.frame(2, new Uint8Array(length), { fin: false, streamId });
}

function cancel(peer: HostilePeer): Uint8Array {
  return peer.frame(0, '', { streamId: 1, cancel: true });
}

// Each goes just beyond the limit; none sends more than it must, so that what closes the connection is the limit.
const provocations: Provocation[] = [
  { row: 'maxPayloadSize', options: { maxPayloadSize: 1000 }, wire: (peer) => [peer.header(2, 1001)] },
  { row: 'maxPayloadSize', options: {}, wire: (peer) => [peer.header(2, 104_857_601)] },
  { row: 'maxMessageSize', options: { maxMessageSize: 1000 }, wire: (peer) => [peer.header(2, 1001)] },
  {
    row: 'maxMessageSize',
    options: { maxMessageSize: 1000 },
    wire: (peer) => [peer.frame(2, new Uint8Array(600), { fin: false }), peer.header(0, 401)],
  },
  {
    row: 'maxMessageSize',
    options: {},
    wire: (peer) => [peer.frame(2, 'x', { fin: false }), peer.header(0, 104_857_600)],
  },
  {
    row: 'maxMessageSize, compressed',
    options: { ...compressed, maxMessageSize: 1000 },
    wire: (peer) => [peer.frame(2, deflated(1001), { rsv: 4 })],
  },
  {
    row: 'maxFragments',
    options: { maxFragments: 8 },
    wire: (peer) => [peer.frame(1, '', { fin: false }), ...Array(8).fill(peer.frame(0, '', { fin: false }))],
  },
  {
    row: 'maxFragments',
    options: {},
    wire: (peer) => [peer.frame(1, '', { fin: false }), ...Array(131_072).fill(peer.frame(0, '', { fin: false }))],
  },
  {
    row: 'maxStreams',
    options: { ...streams, maxStreams: 2 },
    wire: (peer) => [1, 2, 3].map((id) => open(peer, id, 1)),
  },
  { row: 'streamWindow', options: { ...streams, streamWindow: 100 }, wire: (peer) => [open(peer, 1, 101)] },
  {
    row: 'connectionWindow, flow control',
    options: { ...streams, connectionWindow: 100 },
    wire: (peer) => [open(peer, 1, 101)],
  },
  {
    row: 'streamIdleTimeout, unfinished',
    options: { ...streams, streamIdleTimeout: 20 },
    wire: (peer) => [open(peer, 1, 1)],
  },
  { row: 'cancels', options: streams, wire: (peer) => Array(2025).fill(cancel(peer)) },
  {
    row: 'cancel payload',
    options: { ...streams, connectionWindow: 1000 },
    // The payload does not come: the header is enough.
    wire: (peer) => [peer.frame(0, new Uint8Array(70_000), { streamId: 1, cancel: true }).slice(0, -70_000)],
  },
  {
    row: 'largest length',
    options: { maxPayloadSize: Number.MAX_SAFE_INTEGER, maxMessageSize: Number.MAX_SAFE_INTEGER },
    wire: (peer) => [peer.header(2, 2n ** 53n)],
  },
  { row: 'sign of a length', options: {}, wire: (peer) => [peer.header(2, 2n ** 63n)] },
  {
    row: 'pings of pacing',
    // Our ping is sent, and asks for a pong.
    options: { dialect: 'go', pingInterval: 5, timeout: { pong: 1 } },
    wire: (peer) => [peer.frame(9)],
  },
  { row: 'control payload', options: {}, wire: (peer) => [peer.header(9, 126)] },
  { row: 'text', options: {}, wire: (peer) => [peer.frame(1, Uint8Array.of(0x61, 0xff), { fin: false })] },
  { row: 'contexts, one connection', options: halfRead(compressed), wire: halfReadMessages },
  {
    row: 'DEFLATE restarts',
    options: compressed,
    // Empty blocks, each with BFINAL.
    wire: (peer) => [
      peer.frame(
        2,
        new Uint8Array(2 * 1026).map((_, i) => (i % 2 === 0 ? 3 : 0)),
        { rsv: 4 },
      ),
    ],
  },
];

// So many messages whose readers have read some, and wait for something else.
function halfRead(options: MeetingOptions): MeetingOptions {
  return {
    ...options,
    triggerOnStart: true,
    maxPendingHandlers: 5000,
    setUp: (connection) => {
      connection.onMessage(2, async (message) => {
        await message.readIter().next();
        await new Promise(() => {});
      });
    },
  };
}

test('every row with a close code is provoked, and no other', () => {
  const closing = ROWS.filter(({ code }) => code !== undefined).map(({ name }) => name);
  const provoked = new Set([...provocations.map(({ row }) => row), 'contexts, all']);
  expect([...provoked].sort()).toEqual(closing.sort());
});

test('contexts, all: the connection that has most of them fails, and no other', async () => {
  const meetings = await Promise.all([1, 2, 3].map(() => meet('server', halfRead(compressed))));
  const [few, many, most] = meetings as [Meeting, Meeting, Meeting];
  few.peer.send(...halfReadMessages(few.peer).slice(0, 10));
  many.peer.send(...halfReadMessages(many.peer).slice(0, 900));
  most.peer.send(...halfReadMessages(most.peer).slice(0, 1080));
  expect(await most.peer.closing()).toEqual({ code: 1013, reason: 'too many compressed messages are read at a time' });
  await most.closed;
  for (const { peer } of [few, many]) {
    peer.send(peer.frame(9, 'alive'));
    await peer.until(() => peer.frames.some(({ opcode }) => opcode === 10));
    expect(peer.close).toBeUndefined();
  }
});

describe.each(ROLES)('a %s', (role) => {
  test.each(provocations.map((each) => [each.row, each] as const))('%s: closes', async (name, { options, wire }) => {
    const row = ROWS.find((each) => each.name === name)!;
    const reason = new RegExp(`^${row.reason.replace(/[.^]/g, '\\$&').replaceAll('N', '\\d+')}$`);
    const delivered: unknown[] = [];
    const { closed, peer } = await meet(role, {
      ...options,
      setUp:
        options.setUp ??
        ((connection) => void connection.onMessage(2, (m) => delivered.push(m)).onMessage(1, (m) => delivered.push(m))),
    });
    peer.send(concat(wire(peer)));
    const { code, reason: said } = await peer.closing();
    expect(code).toBe(row.code);
    expect(said).toMatch(reason);
    const info = await closed;
    expect(info).toMatchObject({ code: row.code, reason: said, wasClean: false });
    expect(info.error).toBeInstanceOf(row.code === 1009 ? MessageTooLargeError : ProtocolError);
    expect(delivered).toEqual([]);
  });

  test('what just fits closes nothing', async () => {
    const sizes: number[] = [];
    const { closed, peer } = await meet(role, {
      ...compressed,
      maxPayloadSize: 1000,
      maxMessageSize: 1000,
      maxFragments: 8,
      setUp: (connection) => void connection.onMessage(2, (message) => sizes.push(message.read().length)),
    });
    peer.send(peer.frame(2, new Uint8Array(1000)));
    peer.send(peer.frame(2, new Uint8Array(600), { fin: false }), peer.frame(0, new Uint8Array(400)));
    peer.send(peer.frame(2, '', { fin: false }), ...Array(6).fill(peer.frame(0, '', { fin: false })), peer.frame(0));
    peer.send(peer.frame(2, deflated(1000), { rsv: 4 }), peer.frame(9, new Uint8Array(125)));
    peer.send(peer.frame(8, Uint8Array.of(3, 232)));
    await peer.closing();
    peer.socket.end();
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    expect(sizes).toEqual([1000, 1000, 0, 1000]);
  });

  test('maxPendingHandlers, maxPendingBytes: messages wait, reading pauses, and goes on', async () => {
    const started: (() => void)[] = [];
    const { peer } = await meet(role, {
      maxPendingHandlers: 2,
      setUp: (connection) =>
        void connection.onMessage(1, () => new Promise<void>((resolve) => void started.push(resolve))),
    });
    // Much more than the system holds for a socket: not to be taken off it before it is read on.
    const total = 64;
    const message = peer.frame(1, new Uint8Array(1 << 20));
    for (let i = 0; i < total; i++) peer.socket.write(message);
    while (started.length < 2) await turns();
    await turns(50);
    expect(started).toHaveLength(2);
    expect(peer.socket.writableLength).toBeGreaterThan((total / 2) * message.length);
    for (let settled = 0; settled < total; ) {
      expect(started.length - settled).toBeLessThanOrEqual(2);
      const resolve = started[settled];
      if (resolve === undefined) await turns();
      else settled++;
      resolve?.();
    }
  });

  test('timeout.stall: a peer that does not read what it is sent is read no more, and closed', async () => {
    const { connection, closed, peer } = await meet(role, {
      highWaterMark: 1,
      timeout: { stall: 200, close: 50 },
      setUp: (each) => void each.onMessage(2, (message, adapter) => void adapter.dispatch(2, message.read())),
    });
    peer.socket.pause();
    const message = peer.frame(2, new Uint8Array(1 << 20));
    let isOver = false;
    void closed.then(() => {
      isOver = true;
    });
    let most = 0;
    while (!isOver) {
      if (peer.socket.writableLength < 8 << 20) peer.socket.write(message);
      most = Math.max(most, connection.bufferedAmount);
      await turns();
    }
    expect(await closed).toMatchObject({
      code: 1013,
      reason: 'the peer does not read what it is sent',
      error: expect.objectContaining({ code: 'STALLED' }),
      wasClean: false,
    });
    // The mark of 1 MiB, as much that is read beyond it, and a message.
    expect(most).toBeLessThan(4 << 20);
  });

  test('timeout.stall: more than may wait for handlers, while one waits for the peer', async () => {
    const { closed, peer } = await meet(role, {
      synchronize: true,
      maxMessageSize: 100_000,
      maxPendingBytes: 100_000,
      highWaterMark: 0,
      timeout: { stall: 100, close: 50 },
      setUp: (each) =>
        void each.onMessage(2, async (_, adapter) => {
          while (adapter.dispatch(2, new Uint8Array(32_000))) await turns();
          await adapter.drained();
        }),
    });
    peer.socket.pause();
    const message = peer.frame(2, new Uint8Array(50_000));
    // The handler goes on until what it sends stays with it.
    for (let i = 0; i < 400; i++) peer.socket.write(message);
    expect(await closed).toMatchObject({ code: 1013, wasClean: false });
  });

  test('highWaterMark: dispatch returns false', async () => {
    const { connection, peer } = await meet(role, { highWaterMark: 1000 });
    peer.socket.pause();
    expect(connection.dispatch(2, new Uint8Array(900))).toBe(true);
    expect(connection.dispatch(2, new Uint8Array(100))).toBe(false);
    expect(connection.bufferedAmount).toBeGreaterThan(1000);
    peer.socket.resume();
    await connection.drained();
    await peer.until(() => peer.frames.length === 2);
  });

  test('chunkSize: a piece is cut', async () => {
    const { connection, peer } = await meet(role, { chunkSize: 4096 });
    await connection.dispatchReader(2, [new Uint8Array(10_000)]);
    await peer.until(() => peer.frames.at(-1)?.fin === true);
    expect(peer.frames.map(({ payload }) => payload.length)).toEqual([4096, 4096, 1808, 0]);
  });

  test('pingInterval, timeout.pong: the status becomes Timeout, the connection stays', async () => {
    let onTimeout!: () => void;
    const timedOut = new Promise<void>((resolve) => {
      onTimeout = resolve;
    });
    const { connection, peer } = await meet(role, {
      pingInterval: 20,
      timeout: { pong: 20 },
      setUp: (each) => void each.onStatus(Status.Timeout, () => onTimeout()),
    });
    await timedOut;
    await peer.until(() => peer.frames.some(({ opcode }) => opcode === 9));
    expect(connection.status).toBe(Status.Timeout);
    connection.dispatch(1, 'still here');
    await peer.until(() => peer.frames.some(({ opcode }) => opcode === 1));
  });

  test('timeout.dead: a peer that stays silent is cut off, and who waits for it is told', async () => {
    const { connection, closed, peer } = await meet(role, {
      pingInterval: 20,
      timeout: { pong: 20, dead: 60, stall: 100 },
    });
    peer.socket.pause();
    // More than the system takes.
    while (connection.bufferedAmount < 4 << 20) {
      connection.dispatch(2, new Uint8Array(1 << 20));
      await turns();
    }
    const outcomes = await Promise.allSettled([
      connection.drained(),
      connection.dispatchReader(2, Array(8).fill(new Uint8Array(1 << 20))),
    ]);
    const told = { status: 'rejected', reason: expect.objectContaining({ code: 'CLOSED' }) };
    expect(outcomes).toEqual([told, told]);
    const info = await closed;
    expect(info).toMatchObject({ code: 1006, wasClean: false, error: { code: 'PONG_TIMEOUT' } });
    expect(info.unsent?.messages).toBeGreaterThan(0);
    expect(connection.status).toBe(Status.Closed);
  });

  test('timeout.close: the socket is destroyed', async () => {
    const { connection, closed, peer } = await meet(role, { timeout: { close: 30 } });
    connection.close();
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(peer.close).toMatchObject({ code: 1000 });
  });

  test('end of the transport: the socket is destroyed, and the end is clean', async () => {
    const { connection, closed, peer } = await meet(role, { timeout: { close: 2 ** 31 - 1 } });
    peer.socket.removeAllListeners('end');
    (peer.socket as { allowHalfOpen: boolean }).allowHalfOpen = true;
    connection.close();
    peer.send(peer.frame(8, Uint8Array.of(3, 232)));
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
  });

  test('pongs: 16 in one write, then the newest', async () => {
    const { peer } = await meet(role);
    // One segment, one chunk: less than any buffer on its way.
    peer.send(...Array.from({ length: 100 }, (_, i) => peer.frame(9, `${i}`)), peer.frame(1, 'end'));
    await peer.until(() => peer.frames.at(-1)?.payload.toString() === new TextEncoder().encode('99').toString());
    expect(peer.frames.map(({ payload }) => Number(Buffer.from(payload)))).toEqual([...Array(16).keys(), 99]);
  });
});

test('read ahead: of a connection that is not started no more is read', async () => {
  const row = FIXED.find(({ name }) => name === 'read ahead')!;
  expect(row.value).toBe(READ_AHEAD);
  let socket!: Socket;
  const headerVerify = (_headers: unknown, request: unknown): boolean => {
    ({ socket } = request as { socket: Socket });
    return true;
  };
  const server = await serveForTest({ headerVerify }, () => new Promise(() => {}));
  const raw = RawClient.to(portOf(server), upgradeRequest());
  await raw.head();
  raw.socket.write(new Uint8Array(20 * row.value));
  for (let last = -1; last !== socket.bytesRead; await turns(20)) last = socket.bytesRead;
  expect(socket.bytesRead).toBeGreaterThan(row.value);
  expect(socket.bytesRead).toBeLessThan(5 * row.value);
});

describe('the handshake', () => {
  test('timeout.handshake: 408, and HandshakeError', async () => {
    const server = await serveForTest({ timeout: { handshake: 60 } });
    const raw = RawClient.to(portOf(server));
    await raw.until(({ hasEnded }) => hasEnded);
    expect(raw.text).toMatch(/^HTTP\/1\.1 408 /);
    const silent = await listen(() => {});
    const error = await rejection(dial(`ws://127.0.0.1:${silent.port}/`, { timeout: { handshake: 60 } }));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('timeout.handshake') });
  });

  const limit = (name: string): number => FIXED.find((row) => row.name === name)!.value;

  test('response head, lines, line: HEAD_TOO_LARGE', async () => {
    const status = 'HTTP/1.1 101 OK\r\n';
    const heads: [string, string][] = [
      [`${status}${`A: ${'b'.repeat(995)}\r\n`.repeat(17)}`, `more than ${limit('response head')} bytes`],
      [`${status}${'A: b\r\n'.repeat(limit('response lines'))}`, `more than ${limit('response lines')} lines`],
      [`${status}A: ${'b'.repeat(limit('response line'))}`, `a line of more than ${limit('response line')} bytes`],
    ];
    for (const [head, said] of heads) {
      const server = await listen((socket) => void socket.write(head));
      const error = await rejection(dial(`ws://127.0.0.1:${server.port}/`));
      expect(error).toMatchObject({ code: 'HEAD_TOO_LARGE', message: expect.stringContaining(said) });
    }
  });

  test('refusal body: the first bytes are kept', async () => {
    const server = await listen((socket) => {
      socket.write(`HTTP/1.1 500 Bad\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
    });
    const error = (await rejection(dial(`ws://127.0.0.1:${server.port}/`))) as Error & { body?: Uint8Array };
    expect(error.body).toHaveLength(limit('refusal body'));
  });

  test('refusal body, read, time: dial rejects with what has come', async () => {
    const endless = await listen((socket) => void socket.write('HTTP/1.1 500 Bad\r\n\r\nx'));
    const options = { timeout: { handshake: 2 ** 31 - 1 } };
    expect(await rejection(dial(`ws://127.0.0.1:${endless.port}/`, options))).toMatchObject({ status: 500 });
    let sent = 0;
    const framed = await listen((socket) => {
      socket.write('HTTP/1.1 500 Bad\r\nTransfer-Encoding: chunked\r\n\r\n');
      const flood = (): void => {
        for (let isFree = true; isFree && !socket.destroyed; sent += 2) isFree = socket.write('\r\n');
      };
      socket.on('drain', flood);
      flood();
    });
    expect(await rejection(dial(`ws://127.0.0.1:${framed.port}/`, options))).toMatchObject({ status: 500 });
    expect(sent).toBeGreaterThanOrEqual(limit('refusal body, read'));
  });

  test('request fields: 431', async () => {
    const server = await serveForTest({});
    // The request has five of its own.
    const most = limit('request fields') - 5;
    const fits = RawClient.to(portOf(server), upgradeRequest('A:\r\n'.repeat(most)));
    expect(await fits.head()).toMatch(/^HTTP\/1\.1 101 /);
    const raw = RawClient.to(portOf(server), upgradeRequest('A:\r\n'.repeat(most + 1)));
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('request head: 431', async () => {
    const server = await serveForTest({});
    const raw = RawClient.to(portOf(server), upgradeRequest(`A: ${'b'.repeat(limit('request head'))}\r\n`));
    await raw.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
    expect(raw.text).toMatch(/^HTTP\/1\.1 431 /);
    const fits = RawClient.to(portOf(server), upgradeRequest(`A: ${'b'.repeat(limit('request head') - 1000)}\r\n`));
    expect(await fits.head()).toMatch(/^HTTP\/1\.1 101 /);
  });

  test('requests: the connection is cut off', async () => {
    const answers: ServerResponse[] = [];
    const errors: string[] = [];
    const server = await serveForTest({
      onRequest: (_request, response) => void answers.push(response),
      onError: (error) => void errors.push((error as Error & { code: string }).code),
    });
    const most = limit('requests');
    const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const raw = RawClient.to(portOf(server), request.repeat(most));
    while (answers.length < most) await turns(1);
    expect(raw.hasEnded).toBe(false);
    // One that is answered makes room for another.
    answers[0]?.end();
    await raw.head();
    raw.socket.write(request);
    while (answers.length < most + 1) await turns(1);
    await turns(10);
    expect([raw.hasEnded, errors]).toEqual([false, []]);
    raw.socket.write(request.repeat(100));
    await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
    await turns(5);
    // Nothing of what came with it was handed on.
    expect([answers.length, errors]).toEqual([most + 1, ['TOO_MANY_REQUESTS']]);
  });

  test('refused client: its socket is destroyed', async () => {
    const server = await serveForTest({ path: '/here' });
    const raw = RawClient.to(portOf(server), upgradeRequest('', '/elsewhere'));
    // It reads the answer, and does not close its side: only what it writes tells it that the server is gone.
    await raw.until(({ hasEnded }) => hasEnded);
    expect(raw.text).toMatch(/^HTTP\/1\.1 404 /);
    while (!raw.hasClosed) {
      raw.socket.write('x');
      await turns(10);
    }
  });
});
