import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Job } from '../../../src/echo/load/job.js';
import { runLoad } from '../../../src/echo/load/run.js';

describe('runLoad', () => {
  let server: WebSocketServer | undefined;
  afterEach(() => {
    for (const client of server?.clients ?? []) client.terminate();
    server?.close();
  });

  /** A load on a ws server that answers message number `n` of a connection with `answer(message, n)`. */
  async function against(answer: (message: Buffer, n: number) => Buffer[], more: Partial<Job['cell']> = {}) {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (ws) => {
      let n = 0;
      ws.on('error', () => {});
      ws.on('message', (data: Buffer) => {
        for (const reply of answer(data, n++)) ws.send(reply);
      });
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cell = { name: 'test', connections: 2, size: 20, inFlight: 4, ...more };
    return runLoad({ port, serverPid: process.pid, speech: 'websocket', cell, warmup: 0.02, seconds: 0.1 });
  }

  it('counts the echoes of an honest server', async () => {
    const found = await against((message) => [message]);
    expect(found).toMatchObject({ errors: 0, lost: 0 });
    expect(found.messages).toBeGreaterThan(0);
    expect(found.messagesPerSecond).toBeCloseTo(found.messages / found.seconds);
  });

  it('takes replies that come in many pieces, and many replies in one', async () => {
    const found = await against((message) => [message], { size: 300_000, inFlight: 3 });
    expect(found).toMatchObject({ errors: 0, lost: 0 });
    expect(found.messages).toBeGreaterThan(0);
  });

  it('sees text that comes back as binary', async () => {
    const found = await against((message) => [message], { connections: 1, payload: 'unicode' });
    expect(found).toMatchObject({ errors: 1, firstError: 'byte 0 of a reply is 0x82 instead of 0x81' });
  });

  it('sees one wrong bit', async () => {
    const found = await against(
      (message, n) => {
        if (n === 1) message[7] = (message[7] ?? 0) ^ 1;
        return [message];
      },
      { connections: 1 },
    );
    expect(found.errors).toBe(1);
    expect(found.firstError).toMatch(/^byte 9 of a reply is /);
  });

  it('answers a ping between two replies', async () => {
    const pongs: Promise<unknown>[] = [];
    const found = await against(
      (message, n) => {
        if (n % 5 === 1) {
          for (const client of server?.clients ?? []) {
            client.ping('still there?');
            pongs.push(once(client, 'pong'));
          }
        }
        return [message];
      },
      { connections: 1 },
    );
    expect(found).toMatchObject({ errors: 0, lost: 0 });
    expect(String((await pongs[0]) as Buffer[])).toBe('still there?');
  });

  it('sees two replies in each other’s place', async () => {
    let held: Buffer | undefined;
    const found = await against(
      (message, n) => {
        if (n === 1) held = message;
        return n === 1 ? [] : n === 2 && held ? [message, held] : [message];
      },
      { connections: 1 },
    );
    expect(found.errors).toBe(1);
  });

  it('sees a reply twice', async () => {
    const found = await against((message, n) => (n === 1 ? [message, message] : [message]), { connections: 1 });
    expect(found.errors).toBe(1);
  });

  it('sees a reply that is missing, by the next one', async () => {
    const found = await against((message, n) => (n === 1 ? [] : [message]), { connections: 1 });
    expect(found.errors).toBe(1);
  });

  it('says so when nobody answers', async () => {
    const job = { port: 1, serverPid: 0, speech: 'websocket' as const, warmup: 0.01, seconds: 0.01 };
    const cell = { name: 'test', connections: 1, size: 20, inFlight: 1 };
    await expect(runLoad({ ...job, cell })).rejects.toThrow(/no connection opened: .*ECONNREFUSED/);
  });
});
