import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { runChurn } from '../../src/churn/run.js';

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
