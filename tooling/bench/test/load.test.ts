import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { encode, prepareFrames } from '../src/load/frames.js';
import type { Job } from '../src/load/job.js';
import { runLoad } from '../src/load/run.js';

describe('prepareFrames', () => {
  it('encodes all three lengths, with and without a mask (RFC 6455 §5.2, §5.7)', () => {
    const hello = Buffer.from('Hello');
    expect(encode(hello, undefined, 1).toString('hex')).toBe('810548656c6c6f');
    expect(encode(hello, Buffer.from('37fa213d', 'hex'), 1).toString('hex')).toBe('818537fa213d7f9f4d5158');
    expect(encode(Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('827e0100');
    expect(encode(Buffer.alloc(65536)).subarray(0, 10).toString('hex')).toBe('827f0000000000010000');
    expect([125, 126, 65535, 65536].map((size) => encode(Buffer.alloc(size)).length - size)).toEqual([2, 4, 4, 10]);
  });

  it('lays requests and replies out back to back, over and over', () => {
    const frames = prepareFrames({ size: 20, inFlight: 100 }, 1000);
    expect(frames.requestLength).toBe(26);
    expect(frames.replyLength).toBe(22);
    expect(frames.count).toBeGreaterThan(100);
    const last = frames.requests(frames.count - 1, 3);
    expect(last.length).toBe(3 * 26);
    expect(last.subarray(26).equals(frames.requests(0, 2))).toBe(true);
    expect(frames.requests(5, 100).subarray(26, 52).equals(frames.requests(6, 1))).toBe(true);
    const period = frames.count * 22;
    expect(frames.replies.length).toBe(period + 1000);
    expect(frames.replies.subarray(period).equals(frames.replies.subarray(0, 1000))).toBe(true);
  });

  it('never repeats a message among those in flight', () => {
    const { count, replies, replyLength } = prepareFrames({ size: 1024, inFlight: 16 }, 0);
    const seen = Array.from({ length: count }, (_, i) =>
      replies.toString('hex', i * replyLength, (i + 1) * replyLength),
    );
    expect(new Set(seen).size).toBe(count);
    expect(count).toBeGreaterThan(16);
  });
});

describe('prepareFrames, of text', () => {
  it.each(['text', 'unicode'] as const)('sends %s as text, and wants it back as text', (payload) => {
    const { requests, replies, replyLength } = prepareFrames({ size: 60, inFlight: 2, payload }, 0);
    expect(requests(0, 1)[0]).toBe(0x81);
    expect([...replies.subarray(0, 2)]).toEqual([0x81, 60]);
    expect(isUtf8(replies.subarray(2, replyLength))).toBe(true);
  });
});

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
