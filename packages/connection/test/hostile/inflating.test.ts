import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { upgradeRequest } from '../node/harness.js';
import { concat, frame } from '../support/frames.js';
import { deflated } from '../support/hostile-deflate.js';

const MIB = 1024 * 1024;
const SERVER = new URL('../support/hostile-inflating-server.mjs', import.meta.url);
const NO_CONTEXT = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const ON_STREAMS = `${NO_CONTEXT}, webson-streams; max-streams=1024; window=1048576; connection-window=4194304`;

/** What docs/LIMITS.md allows: inflated and unread, of one connection and of all; a step for each reader that has read. */
const MOST_UNREAD = 4 * MIB;
const MOST_UNREAD_OF_ALL = 64 * MIB;
const STEP = 65_536;

interface Report {
  begun: number;
  bytes: number;
  unread: number;
  growth: number;
  codes: number[];
}

let child: ChildProcess | undefined;
let sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
});

async function line(lines: Interface): Promise<string> {
  const [text] = (await once(lines, 'line')) as [string];
  return text;
}

/** Sends the frames over each of so many connections, to handlers that read so many chunks of each message. */
async function attack(streams: boolean, chunks: number, connections: number, frames: Uint8Array[]): Promise<Report> {
  const settings = { enableCompress: true, triggerOnStart: true, enableStreams: streams };
  child = spawn(process.execPath, [SERVER.pathname, JSON.stringify(settings), String(chunks)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! });
  const port = Number(await line(lines));
  const wire = concat(frames);
  for (let i = 0; i < connections; i++) {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(upgradeRequest(`Sec-WebSocket-Extensions: ${streams ? ON_STREAMS : NO_CONTEXT}\r\n`), 'latin1');
    await once(socket, 'data');
    await new Promise((resolve) => socket.write(wire, resolve));
    socket.resume();
  }
  child.stdin!.write('report\n');
  const report = JSON.parse(await line(lines)) as Report;
  child.stdin!.end();
  await once(child, 'exit');
  return report;
}

/** So many messages, whole ones or their beginnings, one on each stream as long as there are any. */
function messages(count: number, payload: Uint8Array, streams: boolean, fin: boolean): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    return frame(2, payload, { rsv: 4, mask: true, fin, ...(streams ? { streamId: (i % 1024) + 1 } : {}) });
  });
}

describe.each([
  ['on streams', true],
  ['without streams', false],
])('%s', (_, streams) => {
  test.each([
    ['1000 bytes', 1000],
    ['128 KiB', 131_000],
    ['1 MiB', MIB],
  ])('4000 messages that each stand for %s, and are not read', async (_length, length) => {
    const report = await attack(streams, 0, 1, messages(4000, deflated(length), streams, true));
    expect(report.begun).toBe(1024);
    expect(report.unread).toBeGreaterThan(0);
    expect(report.unread).toBeLessThanOrEqual(MOST_UNREAD + STEP);
    expect(report.growth).toBeLessThan(96 * MIB);
  });

  test('the same, of which a chunk is read: readers that wait are given a step more than all may have', async () => {
    const report = await attack(streams, 1, 1, messages(4000, deflated(MIB), streams, true));
    expect(report.begun).toBe(1024);
    expect(report.bytes).toBe(1024 * STEP);
    expect(report.unread).toBeLessThanOrEqual(MOST_UNREAD + STEP);
    // The contexts, and what the chunks leave behind until it is collected.
    expect(report.growth).toBeLessThan(256 * MIB);
    expect(report.codes).toEqual([]);
  });

  test('small ones over 24 connections: what all have is bounded', async () => {
    const report = await attack(streams, 0, 24, messages(200, deflated(30_000), streams, true));
    expect(report.begun).toBe(24 * 200);
    expect(report.unread).toBeGreaterThan(MOST_UNREAD_OF_ALL - STEP);
    expect(report.unread).toBeLessThanOrEqual(MOST_UNREAD_OF_ALL + STEP);
    expect(report.growth).toBeLessThan(256 * MIB);
  });

  test('readers of six connections, half way: who has most contexts pays', async () => {
    const report = await attack(streams, 1, 6, messages(1000, deflated(MIB), streams, true));
    expect(report.codes.length).toBeGreaterThan(0);
    expect(new Set(report.codes)).toEqual(new Set([1013]));
    expect(report.growth).toBeLessThan(640 * MIB);
  });
});

test('the beginnings of messages cost no context that nobody waits for', async () => {
  const payload = deflated(1000);
  const beginnings = messages(1024, payload.subarray(0, payload.length - 1), true, false);
  const report = await attack(true, 0, 1, beginnings);
  expect(report.begun).toBe(1024);
  expect(report.unread).toBe(16 * 1000);
  expect(report.growth).toBeLessThan(64 * MIB);
});
