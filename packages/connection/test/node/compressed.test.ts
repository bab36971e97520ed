import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import type { Message } from '../../src/message.js';
import { dial } from '../../src/node/client/dial.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { MessageType } from '../../src/status.js';
import { bombOf, deflated } from '../support/hostile-deflate.js';
import { DEFLATE, meet } from '../support/hostile-peer.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft, serveForTest } from './harness.js';

expectNothingLeft();

const MIB = 1024 * 1024;
const { Text, Binary } = MessageType;

interface Both {
  client: Connection;
  server: Connection;
  /** Starts the client; resolves when both have ended. */
  start(): Promise<CloseInfo[]>;
}

/** A client, not started, and a server, that is. */
async function open(options: ConnectionOptions): Promise<Both> {
  const settings = { pingInterval: 0, ...options };
  let onStarted!: (started: [Connection, Promise<CloseInfo>]) => void;
  const started = new Promise<[Connection, Promise<CloseInfo>]>((resolve) => {
    onStarted = resolve;
  });
  const { url } = await serveForTest({ ...settings, port: 0 }, (connection) => {
    onStarted([connection, connection.start()]);
  });
  const client = await dial(url, settings);
  const [server, ended] = await started;
  return { client, server, start: () => Promise.all([client.start(), ended]) };
}

function compress(more: object = {}): ConnectionOptions {
  return { enableCompress: { threshold: 0, ...more } };
}

/** Numbers from 0 to 1 that are the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function noise(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

function prose(length: number, random: () => number): Buffer {
  let text = '';
  while (text.length < length) text += `{"id":${Math.floor(random() * 1e6)},"name":"someone"},`;
  return Buffer.from(text.slice(0, length));
}

afterEach(() => turns(2));

describe.each([
  ['without takeover', {}],
  ['with takeover', { contextTakeover: true }],
  ['with takeover in one direction', { contextTakeover: { client: true } }],
  ['in small windows', { contextTakeover: true, windowBits: 8, memLevel: 1 }],
])('%s', (_, settings) => {
  test.each([1, 2, 3])('whatever is compressed where, messages come in order, seed %i', async (seed) => {
    const random = randomOf(seed);
    const { client, server, start } = await open(compress({ threadFrom: 20_000, threshold: 50, ...settings }));
    const sent: Buffer[] = [];
    const received: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      server.onMessage(Binary, (message) => {
        received.push(Buffer.from(message.read()));
        if (received.length === 120) resolve();
      });
    });
    const ended = start();
    for (let i = 0; i < 120; i++) {
      const length = Math.floor(random() ** 4 * 60_000);
      const message = random() < 0.2 ? noise(length, random) : prose(length, random);
      sent.push(message);
      if (random() < 0.15) {
        const cut = Math.floor(length / 3);
        void client.dispatchReader(Binary, [message.subarray(0, cut), message.subarray(cut)]);
      } else {
        client.dispatch(Binary, message);
      }
      if (random() < 0.1) await turns(1);
    }
    await all;
    expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
    for (const [i, message] of received.entries()) expect(Buffer.compare(message, sent[i]!)).toBe(0);
    client.close(1000);
    expect(await ended).toMatchObject([
      { code: 1000, wasClean: true },
      { code: 1000, wasClean: true },
    ]);
  });
});

describe('a message that is compressed elsewhere', () => {
  const large = prose(2 * MIB, randomOf(5));

  test('counts as buffered, does not hold up control frames, and leaves before the Close', async () => {
    const { client, server, start } = await open({ ...compress({ threadFrom: 1000 }), highWaterMark: MIB });
    const log: string[] = [];
    server.onMessage(Text, (message) => log.push(`${message.read().length}`));
    server.onMessage(MessageType.Ping, () => log.push('ping'));
    const ended = start();
    expect(client.dispatch(Text, large)).toBe(false);
    expect(client.bufferedAmount).toBeGreaterThanOrEqual(large.length);
    client.ping();
    client.dispatch(Text, 'after');
    client.close(1000);
    const infos = await ended;
    expect(log).toEqual(['ping', `${large.length}`, '5']);
    expect(infos).toMatchObject([{ wasClean: true }, { wasClean: true }]);
  });

  test('drained waits for it', async () => {
    const { client, server, start } = await open({ ...compress({ threadFrom: 1000 }), highWaterMark: 100_000 });
    const received = new Promise<number>((resolve) => {
      server.onMessage(Text, (message) => resolve(message.read().length));
    });
    const ended = start();
    expect(client.dispatch(Text, large)).toBe(false);
    await client.drained();
    expect(client.bufferedAmount).toBeLessThanOrEqual(100_000);
    expect(await received).toBe(large.length);
    client.close();
    await ended;
  });

  test('is sent though the peer has ended its side', async () => {
    const { connection, closed, peer } = await meet('server', {
      ...compress({ threadFrom: 1000 }),
      header: DEFLATE,
    });
    connection.dispatch(Text, large);
    peer.socket.end();
    await closed;
    const lengths = peer.frames.map(({ opcode, rsv, payload }) => [opcode, rsv, payload.length > 1000]);
    expect(lengths).toEqual([[1, 4, true]]);
  });

  test('is nothing to anybody when the connection is gone', async () => {
    const { client, server, start } = await open(compress({ threadFrom: 1000 }));
    const ended = start();
    for (let i = 0; i < 5; i++) client.dispatch(Text, large);
    server.close(1000);
    for (const info of await ended) expect(info.code).toBe(1000);
  });
});

describe('read as it arrives', () => {
  const options = { enableCompress: true, triggerOnStart: true, header: DEFLATE };

  test.each(['server', 'client'] as const)(
    'a bomb costs a step as long as it is read, and 1009 beyond the limit: %s',
    async (role) => {
      const limit = 256 * MIB;
      let largest = 0;
      let total = 0;
      let error: unknown;
      const before = process.memoryUsage().arrayBuffers;
      const { closed, peer } = await meet(role, {
        ...options,
        maxMessageSize: limit,
        setUp: (each) => {
          each.onMessage(Binary, async (message) => {
            try {
              for await (const chunk of message.readIter()) {
                total += chunk.length;
                largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
              }
            } catch (thrown) {
              error = thrown;
            }
          });
        },
      });
      peer.send(peer.frame(2, bombOf(1024), { rsv: 4 }));
      expect(await peer.closing()).toMatchObject({ code: 1009 });
      await closed;
      expect(total).toBeLessThanOrEqual(limit);
      expect(total).toBeGreaterThan(limit - MIB);
      expect(largest).toBeLessThan(96 * MIB);
      expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    },
  );

  test('a reader that does not read holds back the inflating, and then the socket', async () => {
    let message: Message | undefined;
    const begun: { resolve?: () => void } = {};
    const started = new Promise<void>((resolve) => {
      begun.resolve = resolve;
    });
    const before = process.memoryUsage().arrayBuffers;
    const { closed, connection, peer } = await meet('server', {
      ...options,
      connectionWindow: 65_536,
      maxMessageSize: 2 ** 31,
      // While nothing is read nobody notices that the peer is gone.
      timeout: { close: 100 },
      setUp: (each) => {
        each.onMessage(Binary, (arriving) => {
          message = arriving;
          begun.resolve?.();
          return new Promise(() => {});
        });
      },
    });
    // A mebibyte and a half that stands for one and a half gibibytes.
    peer.send(peer.frame(2, bombOf(1536), { rsv: 4 }));
    await started;
    await turns(200);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * MIB);
    expect(message?.size).toBeLessThanOrEqual(128 * 1024);
    const reader = message!.readIter();
    for (let i = 0; i < 50; i++) expect((await reader.next()).value?.length).toBeGreaterThan(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * MIB);
    connection.close(1001);
    peer.socket.destroy();
    await closed;
    await expect(reader.next()).rejects.toThrow();
  });

  test('what is corrupt further on is 1007, and the reader is told', async () => {
    const payload = deflated(10 * MIB);
    payload.fill(0xff, payload.length - 200);
    let error: unknown;
    const { closed, peer } = await meet('server', {
      ...options,
      setUp: (each) => {
        each.onMessage(Binary, async (message) => {
          try {
            for await (const _ of message.readIter());
          } catch (thrown) {
            error = thrown;
          }
        });
      },
    });
    peer.send(peer.frame(2, payload, { rsv: 4 }));
    expect(await peer.closing()).toMatchObject({ code: 1007 });
    await closed;
    expect(error).toMatchObject({ closeCode: 1007 });
  });

  test.each([false, true])(
    'a message that its reader leaves does not spoil the next, takeover: %s',
    async (contextTakeover) => {
      const { client, server, start } = await open({ ...compress({ contextTakeover }), triggerOnStart: true });
      const random = randomOf(9);
      const received: string[] = [];
      let count = 0;
      const done = new Promise<void>((resolve) => {
        server.onMessage(Text, async (message) => {
          const isLeft = count++ % 2 === 0;
          for await (const chunk of message.readIter()) {
            if (isLeft) break;
            received.push(Buffer.from(chunk).toString());
          }
          if (!isLeft && received.join('').length === 3 * 300_000) resolve();
        });
      });
      const ended = start();
      const sent = Array.from({ length: 6 }, () => prose(300_000, random));
      for (const message of sent) client.dispatch(Text, message);
      await done;
      expect(received.join('')).toBe(sent.filter((_, i) => i % 2 === 1).join(''));
      client.close();
      await ended;
    },
  );

  test('completed() gives all of it', async () => {
    const { client, server, start } = await open({ ...compress({ contextTakeover: true }), triggerOnStart: true });
    const sent = [prose(500_000, randomOf(1)), noise(3000, randomOf(2)), Buffer.alloc(0), prose(10, randomOf(3))];
    const received: Buffer[] = [];
    let [begun, left] = [0, sent.length];
    const done = new Promise<void>((resolve) => {
      server.onMessage(Binary, async (message) => {
        const place = begun++;
        // A message that is not compressed may be complete before the one before it is inflated.
        received[place] = Buffer.from((await message.completed()).read());
        if (--left === 0) resolve();
      });
    });
    const ended = start();
    for (const message of sent) client.dispatch(Binary, message);
    await done;
    for (const [i, message] of received.entries()) expect(Buffer.compare(message, sent[i]!)).toBe(0);
    client.close();
    await ended;
  });

  test('on streams many are read at once, and flow control counts what is on the wire', async () => {
    const { client, server, start } = await open({
      ...compress(),
      triggerOnStart: true,
      enableStreams: true,
      streamWindow: 20_000,
      connectionWindow: 50_000,
    });
    const random = randomOf(4);
    const sent = Array.from({ length: 12 }, () => prose(400_000, random).toString());
    const received: string[] = [];
    const done = new Promise<void>((resolve) => {
      server.onMessage(Text, async (message) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of message.readIter()) chunks.push(chunk);
        received.push(Buffer.concat(chunks).toString());
        if (received.length === sent.length) resolve();
      });
    });
    const ended = start();
    const pieces = (text: string): Buffer[] => {
      return Array.from({ length: 10 }, (_, i) => Buffer.from(text.slice(i * 40_000, (i + 1) * 40_000)));
    };
    await Promise.all(
      sent.map((text, i) => (i % 2 === 0 ? client.dispatchReader(Text, pieces(text)) : client.dispatch(Text, text))),
    );
    await done;
    expect(received.sort()).toEqual(sent.sort());
    client.close();
    expect(await ended).toMatchObject([{ wasClean: true }, { wasClean: true }]);
  });
});
