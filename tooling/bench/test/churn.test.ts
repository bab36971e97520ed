import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ChurnSample } from '../src/churn/churn.js';
import { type ChurnReport, renderChurn, summarizeChurn } from '../src/churn/report.js';
import { runChurn } from '../src/churn/run.js';
import { isSound } from '../src/report.js';
import { serverKinds } from '../src/servers/index.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/churn/main.js', import.meta.url));

it('measures on real processes: connections come, are answered, and go', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'churn-'));
  try {
    const json = join(folder, 'figures.json');
    const quick = ['--rounds=1', '--seconds=0.2', '--warmup=0.1', '--no-pin', '--cells=some'];
    const env = { ...process.env, WSLOAD: '' };
    const { stdout } = await run(process.execPath, [main, ...quick, '--json', json], { env });
    expect(stdout).toContain('heap kept');
    const report = JSON.parse(readFileSync(json, 'utf8')) as ChurnReport & { samples: ChurnSample[] };
    expect(report.samples.map(({ server }) => server)).toEqual(['ws', 'webson']);
    for (const sample of report.samples) {
      expect(sample).toMatchObject({ cell: 'some', errors: 0, lost: 0 });
      expect(sample.messages).toBeGreaterThan(0);
      expect(sample.after.sockets).toBe(sample.before.sockets);
    }
    expect(report.kept.map(({ server }) => server)).toEqual(['ws', 'webson']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

describe('runChurn', () => {
  let server: WebSocketServer | undefined;
  afterEach(() => {
    for (const client of server?.clients ?? []) client.terminate();
    server?.close();
  });

  /** Connections one after the other; the server has `answer` the message. */
  async function against(answer: (ws: WebSocket, message: Buffer) => void) {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (ws) => {
      ws.on('error', () => {});
      ws.on('message', (message: Buffer) => answer(ws, message));
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cell = { name: 'test', connections: 2, size: 20, inFlight: 1 };
    return runChurn({ port, serverPid: process.pid, speech: 'websocket', cell, warmup: 0.02, seconds: 0.1 });
  }

  it('counts the connections of an honest server', async () => {
    const found = await against((ws, message) => ws.send(message));
    expect(found).toMatchObject({ errors: 0, lost: 0 });
    expect(found.messages).toBeGreaterThan(0);
  });

  it.each<[string, (ws: WebSocket, message: Buffer) => void, string]>([
    [
      'one wrong bit',
      (ws, message) => {
        message[7] = (message[7] ?? 0) ^ 1;
        ws.send(message);
      },
      'the echo is wrong',
    ],
    [
      'an echo twice',
      (ws, message) => {
        ws.send(message);
        ws.send(message);
      },
      'the echo is wrong|the Close frame is wrong',
    ],
    [
      'another Close',
      (ws, message) => ws.send(message, () => ws.close(1001)),
      'the Close frame is wrong|the echo is wrong',
    ],
    ['no echo but an end', (ws) => ws.terminate(), 'the server closed the connection early'],
  ])('sees %s', async (_, answer, error) => {
    const found = await against(answer);
    expect(found).toMatchObject({ errors: 2, messages: 0, firstError: expect.stringMatching(error) });
  });

  it('sees that nobody answers', async () => {
    const cell = { name: 'test', connections: 1, size: 20, inFlight: 1 };
    const job = { port: 1, serverPid: 0, speech: 'websocket' as const, warmup: 0.01, seconds: 0.01 };
    expect(await runChurn({ ...job, cell })).toMatchObject({
      errors: 1,
      firstError: expect.stringMatching('ECONNREFUSED'),
    });
  });
});

it('gives what is kept per connection', () => {
  const cell = { name: 'some', connections: 32, size: 20, inFlight: 1 };
  const [server] = serverKinds;
  const plan = {
    cells: [cell],
    servers: server ? [server] : [],
    rounds: 1,
    seconds: 3,
    warmup: 1,
    cores: { note: '' },
  };
  const sample: ChurnSample = {
    ...{ round: 1, cell: 'some', server: 'ws', messages: 3000, seconds: 3, messagesPerSecond: 1000 },
    ...{ loadCpu: 0.1, loadWaiting: 0, serverCpu: 0.5, serverWaiting: 0, errors: 0, lost: 0 },
    ...{ before: { rss: 1000, heap: 100, sockets: 1 }, after: { rss: 9000, heap: 4100, sockets: 1 } },
  };
  const report = summarizeChurn(plan, [sample]);
  expect(report.kept).toEqual([{ cell: 'some', server: 'ws', connections: 4000, heap: 1, rss: 2 }]);
  expect(renderChurn(report)).toContain('heap kept');
  expect(isSound([{ ...sample, errors: 1 }])).toBe(false);
});

it('explains itself, and says what is wrong with an option', async () => {
  const { stdout } = await run(process.execPath, [main, '--help']);
  expect(stdout).toContain('256 × 20 B, 1 in flight');
  for (const option of ['--cells=z', '--servers=net']) {
    await expect(run(process.execPath, [main, option])).rejects.toMatchObject({ code: 2, stderr: /./ });
  }
});
