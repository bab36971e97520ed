import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import { concat, frame } from '../support/frames.js';
import { bombOf, deflated } from '../support/hostile-deflate.js';
import { type Attack, type MemoryReport, MemoryTrial } from '../support/hostile-memory.js';
import { DEFLATE, ROLES, type Role } from '../support/hostile-peer.js';

// The section Memory of docs/LIMITS.md says what one connection can make a process hold. Each of its rows is driven to its
// bound over real sockets, in a process of its own.
const MIB = 1 << 20;

interface Row {
  /** Bytes. */
  bound: number;
  /** The option that it comes of, and how many times that it is. */
  option: string;
  /** MiB that the RSS of the process may grow by. */
  most: number;
}

function table(): Map<string, Row> {
  const text = readFileSync(new URL('../../../../docs/LIMITS.md', import.meta.url), 'utf8');
  const section = text.split('\n## Memory\n')[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return new Map(
    lines.slice(2).map((line) => {
      const [name, bound, option, , most] = line
        .slice(2)
        .split(' |')
        .map((cell) => cell.trim().replaceAll('`', '')) as [string, string, string, string, string];
      return [name, { bound: Number(bound), option, most: Number(most) }];
    }),
  );
}

const rows = table();

type Send = NonNullable<Attack['send']>;

interface Drive extends Omit<Attack, 'role'> {
  row: string;
  name: string;
  roles?: readonly Role[];
  /** What has to be so beside the RSS. */
  expected?: (report: MemoryReport, bound: number) => void;
}

const STREAMS =
  'Sec-WebSocket-Extensions: webson-streams; max-streams=1024; window=1048576; connection-window=4194304\r\n';
/** The peer lets nothing be sent to it but a byte. */
const NO_WINDOW = 'Sec-WebSocket-Extensions: webson-streams; max-streams=1024; window=1; connection-window=1\r\n';
/** Writes the same bytes so often. They are in memory once. */
function repeated(times: number, bytes: (masks: boolean) => Uint8Array): Send {
  return (socket, masks) => {
    const chunk = bytes(masks);
    for (let i = 0; i < times; i++) socket.write(chunk);
  };
}

/** So many frames in one piece. */
function many(count: number, each: (i: number) => Uint8Array): Uint8Array {
  return concat(Array.from({ length: count }, (_, i) => each(i)));
}

function messages(type: number, length: number): (masks: boolean) => Uint8Array {
  const count = Math.ceil(MIB / (length + 14));
  return (mask) => many(count, () => frame(type, new Uint8Array(length).fill(0x61), { mask }));
}

/** About so many MiB on the wire of messages of that length. */
function flood(mebibytes: number, type: number, length: number): Send {
  return repeated(mebibytes, messages(type, length));
}

/** One byte a write: over TLS each is a record. */
async function dribble(socket: Socket, masks: boolean, count: number): Promise<void> {
  socket.write(frame(2, new Uint8Array(count), { mask: masks }).subarray(0, -count));
  for (let i = 0; i < count; i++) {
    socket.write('x');
    if (i % 500 === 0) await new Promise((resolve) => socket.write('', resolve));
  }
}

/** A message that never ends, with as much as may come of it. */
function unfinished(mebibytes: number, streamId?: number): Send {
  return (socket, mask) => {
    const on = streamId === undefined ? {} : { streamId };
    socket.write(frame(2, new Uint8Array(MIB), { mask, fin: false, ...on }));
    const more = frame(0, new Uint8Array(MIB), { mask, fin: false, ...on });
    for (let i = 1; i < mebibytes; i++) socket.write(more);
  };
}

function streamed(mebibytes: number, type: number, length: number, from = 1): Send {
  const count = Math.ceil(MIB / (length + 16));
  const payload = new Uint8Array(length).fill(0x61);
  return repeated(mebibytes, (mask) => many(count, (i) => frame(type, payload, { mask, streamId: (i % 1000) + from })));
}

/** Beginnings of messages, on as many streams. */
function begun(streams: number, length: number, times = 1): Send {
  const payload = new Uint8Array(length);
  return repeated(1, (mask) => {
    return many(streams * times, (i) =>
      frame(i < streams ? 2 : 0, payload, { mask, fin: false, streamId: (i % streams) + 1 }),
    );
  });
}

const DEFLATED = deflated(MIB);
const BOMB = bombOf(20);
const noise = new Uint8Array(randomBytes(1024));

function closedWith(code: number): (report: MemoryReport) => void {
  return ({ codes }) => expect(codes).toEqual([code]);
}

const streams = { enableStreams: true };
const onStart = { triggerOnStart: true };

// What README's server, and a client that does the same, queue for a peer that never reads.
const echoed: Omit<Drive, 'row' | 'application'>[] = [
  { name: 'text of 1 byte', send: flood(40, 1, 1) },
  { name: 'binary messages of 1 KiB', send: flood(64, 2, 1024) },
  { name: 'text of 64 KiB', send: flood(64, 1, 65_536) },
  { name: 'binary messages of 1 MiB', send: flood(64, 2, MIB - 100) },
  { name: 'text of 1 KiB, through the stream', options: { directSockets: false }, send: flood(64, 1, 1024) },
  { name: 'text of 1 KiB, over TLS', isTls: true, send: flood(64, 1, 1024) },
  {
    name: 'noise of 1 KiB, compressed',
    options: { enableCompress: true },
    header: DEFLATE,
    send: repeated(64, (mask) => many(1000, () => frame(2, noise, { mask }))),
  },
  {
    name: 'messages that inflate to 20 MiB, compressed',
    options: { enableCompress: true },
    header: DEFLATE,
    send: repeated(40, (mask) => frame(2, BOMB, { mask, rsv: 4 })),
  },
  { name: 'text of 1 KiB, on streams', options: streams, header: STREAMS, send: streamed(64, 1, 1024) },
];
const echoes = echoed.map((each): Drive => ({ row: 'queued for the peer', application: 'echo', ...each }));

const drives: Drive[] = [
  {
    row: 'a message that is put together',
    name: 'in fragments of 1 MiB',
    application: 'hang',
    send: unfinished(100),
  },
  {
    row: 'a message that is put together',
    name: 'parts of 1000 of them, on streams',
    application: 'hang',
    options: streams,
    header: STREAMS,
    send: begun(1000, 10_000, 10),
  },
  {
    row: 'messages with their handlers, and before them',
    name: 'of 1 KiB',
    application: 'hang',
    send: flood(64, 1, 1024),
  },
  {
    row: 'messages with their handlers, and before them',
    name: 'of 1 byte',
    application: 'hang',
    send: flood(4, 1, 1),
  },
  {
    row: 'messages with their handlers, and before them',
    name: 'of 1 byte, one at a time',
    application: 'hang',
    options: { synchronize: true },
    send: flood(4, 1, 1),
  },
  {
    row: 'pings whose handlers do not settle',
    name: 'empty',
    application: 'hangOnPings',
    send: repeated(16, (mask) => many(100_000, () => frame(9, '', { mask }))),
  },
  {
    row: 'read ahead for who waits',
    name: 'who waits for drained',
    application: 'drain',
    send: flood(200, 2, 65_536),
  },
  {
    row: 'unread messages',
    name: 'nobody reads',
    application: 'hang',
    options: onStart,
    send: unfinished(64),
  },
  {
    row: 'unread messages',
    name: 'in TLS records of 1 byte',
    application: 'hang',
    options: onStart,
    isTls: true,
    send: (socket, masks) => dribble(socket, masks, 100_000),
  },
  {
    row: 'unread messages, flow control',
    name: 'one of them is read',
    application: 'readOne',
    options: { ...onStart, ...streams },
    header: STREAMS,
    // The reader of the first waits for more, so what the others fill is widened, a step at a time; the last goes beyond it.
    send: (socket, mask) => {
      socket.write(frame(2, 'x', { mask, fin: false, streamId: 1 }));
      const whole = new Uint8Array(65_536);
      for (let i = 0; i < 1025; i++) {
        const payload = i === 0 ? whole.subarray(1) : whole;
        const fin = i >= 512;
        socket.write(frame(fin ? 0 : 2, payload, { mask, fin, streamId: (i % 512) + 2 }));
      }
    },
    expected: ({ read }, bound) => expect(read).toBeGreaterThan(bound),
  },
  {
    row: 'messages wanted whole',
    name: 'on streams',
    application: 'whole',
    options: { ...onStart, ...streams },
    header: STREAMS,
    send: begun(400, 100_000, 5),
  },
  {
    row: 'messages wanted whole',
    name: 'one after the other',
    application: 'whole',
    options: onStart,
    send: flood(300, 2, 10 * MIB),
  },
  {
    row: 'messages that their handlers have left',
    name: 'of 2 bytes',
    application: 'leave',
    options: onStart,
    send: repeated(16, (mask) =>
      many(20_000, () => concat([frame(2, 'a', { mask, fin: false }), frame(0, 'b', { mask })])),
    ),
    // A chunk beyond it.
    expected: ({ handled }, bound) => expect(handled * 2048).toBeLessThan(bound + MIB),
  },
  {
    row: 'inflated ahead',
    name: '4000 messages of 1 MiB',
    application: 'hang',
    options: { ...onStart, enableCompress: true },
    header: DEFLATE,
    send: repeated(1, (mask) => many(4000, () => frame(2, DEFLATED, { mask, rsv: 4 }))),
  },
  {
    row: 'inflated ahead, all',
    name: '200 messages of 1 MiB on each of 30 connections',
    roles: ['server'],
    application: 'hang',
    options: { ...onStart, enableCompress: true },
    header: DEFLATE,
    connections: 30,
    send: repeated(1, (mask) => many(200, () => frame(2, DEFLATED, { mask, rsv: 4 }))),
  },
  {
    row: 'contexts, one connection',
    name: '1100 messages that are half read',
    application: 'readSome',
    options: { ...onStart, enableCompress: true, maxPendingHandlers: 5000, timeout: { close: 100 } },
    header: DEFLATE,
    send: repeated(1, (mask) => many(1100, () => frame(2, DEFLATED, { mask, rsv: 4 }))),
    mustEnd: true,
    expected: closedWith(1013),
  },
  {
    row: 'contexts, all',
    name: '900 messages that are half read on each of 3 connections',
    roles: ['server'],
    application: 'readSome',
    options: { ...onStart, enableCompress: true, maxPendingHandlers: 5000 },
    header: DEFLATE,
    connections: 3,
    send: repeated(1, (mask) => many(900, () => frame(2, DEFLATED, { mask, rsv: 4 }))),
  },
  {
    row: 'kept contexts, all',
    name: '500 connections with context takeover',
    roles: ['server'],
    application: 'echo',
    options: { enableCompress: { contextTakeover: true } },
    header: 'Sec-WebSocket-Extensions: permessage-deflate\r\n',
    connections: 500,
    send: repeated(1, (mask) => frame(2, deflated(10_000), { mask, rsv: 4 })),
  },
  ...echoes,
  {
    row: 'queued by whoever waits for nothing',
    name: 'messages of 64 KiB',
    application: 'push',
    options: { timeout: { close: 100 } },
    mustEnd: true,
    expected: closedWith(1013),
  },
  {
    row: 'queued by whoever waits for nothing',
    name: 'empty messages, on streams that the peer does not open',
    application: 'echo',
    options: { ...streams, timeout: { close: 100 } },
    header: NO_WINDOW,
    send: streamed(10, 2, 1),
    mustEnd: true,
    expected: closedWith(1013),
  },
  {
    row: 'queued by whoever waits for nothing',
    name: 'messages whose sources give nothing',
    application: 'source',
    options: { highWaterMark: MIB / 4, timeout: { close: 100 } },
    send: flood(1, 1, 1),
    mustEnd: true,
    expected: closedWith(1013),
  },
  {
    row: 'pongs',
    name: 'of 125 bytes',
    application: 'nothing',
    send: repeated(48, (mask) => many(8000, () => frame(9, new Uint8Array(125), { mask }))),
    expected: ({ buffered }, bound) => expect(buffered).toBeLessThanOrEqual(bound),
  },
  {
    row: 'heads of requests',
    name: 'of 500 clients, not whole',
    roles: ['server'],
    application: 'nothing',
    greeting: `GET / HTTP/1.1\r\nA: ${'b'.repeat(16_000)}`,
    connections: 500,
  },
  {
    row: 'not started',
    name: 'the peer sends',
    roles: ['server'],
    application: 'unstarted',
    connections: 200,
    send: flood(1, 2, 1024),
  },
  {
    row: 'nothing',
    name: 'the peer is silent',
    roles: ['server'],
    application: 'nothing',
    connections: 1000,
  },
];

let trial: MemoryTrial | undefined;

afterEach(async () => {
  await trial?.stop();
});

test('the bounds are those of the options', () => {
  const settings = new Map<string, unknown>(Object.entries(resolveOptions({})));
  for (const { bound, option } of rows.values()) {
    const [, times = '1', name] = /^(?:([\d.]+) × )?(\w+)$/.exec(option) ?? [];
    if (option !== '') expect(bound).toBe(Number(times) * Number(settings.get(name as string)));
  }
});

test('every row is driven to its bound, and nothing else is', () => {
  expect([...new Set(drives.map(({ row }) => row))].sort()).toEqual([...rows.keys()].sort());
});

for (const drive of drives) {
  test.each(drive.roles ?? ROLES)(`${drive.row}: ${drive.name}: a %s`, async (role) => {
    trial = new MemoryTrial();
    const report = await trial.run({ ...drive, role });
    const { bound, most } = rows.get(drive.row) ?? { bound: 0, most: 0 };
    if (process.env.MEMORY_FIGURES !== undefined) {
      process.stderr.write(`${drive.row}: ${drive.name}: ${role}: ${(report.growth / MIB).toFixed(1)} MiB\n`);
    }
    drive.expected?.(report, bound);
    expect(report.growth / MIB).toBeLessThan(most);
  });
}

describe('a peer that never reads is closed with 1013', () => {
  const mark = { highWaterMark: 65_536, timeout: { stall: 300, close: 100 } };
  test.each([
    ['text', { send: flood(16, 1, 1000) }],
    ['text of 1 byte', { send: flood(8, 1, 1) }],
    ['over TLS', { send: flood(16, 1, 1000), isTls: true }],
    ['on streams', { send: streamed(16, 1, 1000), options: streams, header: STREAMS }],
    ['on streams that it does not open', { send: streamed(2, 2, 1), options: streams, header: NO_WINDOW }],
    ['through the stream', { send: flood(16, 1, 1000), options: { directSockets: false } }],
  ] as [string, Partial<Attack>][])('%s', async (_, { options, ...attack }) => {
    for (const role of ROLES) {
      trial = new MemoryTrial();
      const settings = { ...options, ...mark };
      const report = await trial.run({ role, application: 'echo', mustEnd: true, ...attack, options: settings });
      expect(report.codes).toEqual([1013]);
      await trial.stop();
    }
  });
});
