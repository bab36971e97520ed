import { connect as connectTls } from 'node:tls';
import { MessageChannel } from 'node:worker_threads';
import { encodeFrame } from '@webson/frame';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/message.js';
import { dial } from '../../src/node/client/dial.js';
import { serve } from '../../src/node/server/serve.js';
import { MessageType } from '../../src/status.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { takeAway } from '../support/take-away.js';
import { turns } from '../support/turns.js';
import { expectNothingLeft, portOf, RawClient, serveForTest, TLS, upgradeRequest } from './harness.js';

expectNothingLeft();

const { port1, port2 } = new MessageChannel();
port1.close();
port2.close();

/** What a handler may do with the bytes it got, beside keeping them. */
const treatments: Record<string, (bytes: Uint8Array) => void> = {
  keep() {},
  write: (bytes) => bytes.fill(0xee),
  post: (bytes) => tryTo(() => port1.postMessage(bytes, [bytes.buffer as ArrayBuffer])),
  clone: (bytes) => tryTo(() => takeAway(bytes)),
  transfer: (bytes) => tryTo(() => (bytes.buffer as unknown as { transfer?: () => void }).transfer?.()),
};

function tryTo(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(['DataCloneError', 'TypeError']).toContain((error as Error).name);
  }
}

// Around the sizes at which something is done in another way: a slab, memory of its own, a read, a block, by reference.
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 200_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(4095, 4096, 4097, 8192, 65_522, 65_535, 65_536, 131_071, 131_072) },
);
/** Messages dispatched in one turn. */
const burst = fc.array(size, { minLength: 1, maxLength: 30 });
const script = fc.record({
  bursts: fc.array(burst, { minLength: 1, maxLength: 8 }),
  clients: fc.integer({ min: 1, max: 3 }),
});

async function collect(source: AsyncIterable<Uint8Array>, pieces: Uint8Array[]): Promise<void> {
  for await (const piece of source) pieces.push(piece);
}

describe.each([
  ['directly', { directSockets: true }],
  ['through the stream', { directSockets: false }],
  ['directly, read while they arrive', { directSockets: true, triggerOnStart: true }],
  ['through the stream, read while they arrive', { directSockets: false, triggerOnStart: true }],
])('sockets used %s', (_name, options) => {
  propertyTest(
    'what handlers keep is what was sent, however much came later',
    15,
    fc.asyncProperty(script, async ({ bursts, clients }) => {
      const keptByServer: Uint8Array[][][] = [];
      const server = await serve({ host: '127.0.0.1', ...options }, (connection) => {
        const kept: Uint8Array[][] = [];
        keptByServer.push(kept);
        let replied = Promise.resolve();
        connection.onMessage(MessageType.Binary, (message, adapter) => {
          const pieces: Uint8Array[] = [];
          kept.push(pieces);
          if (message.isComplete) pieces.push(message.read());
          const all = message.isComplete ? Promise.resolve() : collect(message.readIter(), pieces);
          // Messages may end in another order than they began: the replies may not.
          replied = Promise.all([all, replied]).then(() => {
            adapter.dispatch(message.type, Buffer.concat(pieces));
          });
          return replied;
        });
      });
      const sent = bursts.flat().map((length, i) => pattern(length, i));
      const keptByClients = await Promise.all(
        Array.from({ length: clients }, async () => {
          const connection = await dial(server.url, options);
          const kept: Uint8Array[][] = [];
          let onLast = (): void => {};
          const isDone = new Promise<void>((resolve) => {
            onLast = resolve;
          });
          connection.onMessage(MessageType.Binary, async (message) => {
            const pieces: Uint8Array[] = [];
            kept.push(pieces);
            await message.completed();
            pieces.push(message.read());
            if (kept.length === sent.length && kept.every(({ length }) => length === 1)) onLast();
          });
          const ended = connection.start();
          let at = 0;
          for (const { length } of bursts) {
            for (const message of sent.slice(at, at + length)) {
              connection.dispatch(MessageType.Binary, message);
            }
            at += length;
            await turns(1);
          }
          await isDone;
          connection.close();
          await ended;
          return kept;
        }),
      );
      await server.close();
      for (const pieces of [...keptByServer, ...keptByClients]) {
        const kept = pieces.map((piecesOfOne) => Buffer.concat(piecesOfOne));
        expect(kept.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
        expect(kept.every((bytes, i) => Buffer.compare(bytes, sent[i]!) === 0)).toBe(true);
      }
    }),
  );
});

/** A burst, and what the handlers of either side do with each of its messages. */
const treated = fc.array(fc.tuple(size, fc.constantFrom(...Object.keys(treatments)), fc.boolean()), {
  minLength: 1,
  maxLength: 40,
});

describe.each([
  ['TCP', {}, {}, {}],
  ['TCP through the stream', { directSockets: false }, {}, {}],
  ['TLS', {}, { tls: TLS }, { tls: { ca: TLS.cert } }],
  ['TCP, read while they arrive', { triggerOnStart: true }, {}, {}],
  ['TLS, read while they arrive', { triggerOnStart: true }, { tls: TLS }, { tls: { ca: TLS.cert } }],
  ['streams', { enableStreams: true }, {}, {}],
  ['compression', { enableCompress: true }, {}, {}],
  ['compression, read while they arrive', { enableCompress: true, triggerOnStart: true }, {}, {}],
])('whatever handlers do with their bytes: %s', (_name, options, serving, dialling) => {
  propertyTest(
    'every other message, and every reply, is as it was sent',
    8,
    fc.asyncProperty(fc.array(treated, { minLength: 1, maxLength: 4 }), async (bursts) => {
      const all = bursts.flat();
      const sent = all.map(([length], i) => pattern(length, i));
      /** Messages come in their order, or say which they are by how they begin. */
      const check = (kept: Map<number, Uint8Array>, received: Uint8Array, isReply: boolean): number => {
        const i = sent.findIndex((bytes, at) => !kept.has(at) && Buffer.compare(bytes, received) === 0);
        expect(i, `a message of ${received.length} bytes that nobody sent`).toBeGreaterThanOrEqual(0);
        expect(received.byteOffset % 8).toBe(0);
        expect(received.buffer.byteLength - received.length).toBeLessThanOrEqual(8 * 1024);
        kept.set(i, new Uint8Array(0));
        const [, treatment, repliesFirst] = all[i]!;
        if (treatment === 'keep') kept.set(i, received);
        else if (isReply || !repliesFirst) treatments[treatment]!(received);
        return i;
      };
      const checkKept = (kept: Map<number, Uint8Array>): void => {
        expect(kept.size).toBe(sent.length);
        for (const [i, bytes] of kept) {
          if (all[i]![1] === 'keep') expect(Buffer.compare(bytes, sent[i]!)).toBe(0);
        }
      };
      const keptByServer = new Map<number, Uint8Array>();
      const server = await serveForTest({ ...options, ...serving, pingInterval: 0 }, (connection) => {
        connection.onMessage(MessageType.Binary, async (message, adapter) => {
          await message.completed();
          const bytes = message.read();
          const i = check(keptByServer, bytes, false);
          const [, treatment, repliesFirst] = all[i]!;
          adapter.dispatch(message.type, repliesFirst || treatment === 'keep' ? bytes : sent[i]!);
          if (!repliesFirst || treatment === 'write') return;
          treatments[treatment]!(bytes);
        });
      });
      const connection = await dial(server.url, { ...options, ...dialling, pingInterval: 0 });
      const keptByClient = new Map<number, Uint8Array>();
      let onLast = (): void => {};
      const isDone = new Promise<void>((resolve) => {
        onLast = resolve;
      });
      connection.onMessage(MessageType.Binary, async (message) => {
        await message.completed();
        check(keptByClient, message.read(), true);
        if (keptByClient.size === sent.length) onLast();
      });
      const ended = connection.start();
      let at = 0;
      for (const burst of bursts) {
        for (const message of sent.slice(at, at + burst.length)) connection.dispatch(MessageType.Binary, message);
        at += burst.length;
        await turns(1);
      }
      await Promise.race([isDone, ended]);
      connection.close();
      expect(await ended).toMatchObject({ code: 1000, wasClean: true });
      await server.close();
      checkKept(keptByServer);
      checkKept(keptByClient);
    }),
  );
});

test('TLS records of one byte, in a message that nobody reads yet, are put together', async () => {
  const content = pattern(2000);
  let onMessage = (_message: Message): void => {};
  const hasBegun = new Promise<Message>((resolve) => {
    onMessage = resolve;
  });
  let release = (): void => {};
  const isOver = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await serveForTest({ tls: TLS, triggerOnStart: true, pingInterval: 0 }, (connection) => {
    connection.onMessage(MessageType.Binary, (message) => {
      onMessage(message);
      return isOver;
    });
  });
  const client = new RawClient(connectTls({ port: portOf(server), host: '127.0.0.1', ca: TLS.cert }));
  client.socket.write(upgradeRequest(), 'latin1');
  await client.head();
  for (const byte of encodeFrame({ opcode: 2, payload: content, mask: true })) {
    await new Promise((resolve) => client.socket.write(Uint8Array.of(byte), resolve));
  }
  const message = await hasBegun;
  while (message.size < content.length) await turns(1);
  const pieces: Uint8Array[] = [];
  for await (const piece of message.readIter()) pieces.push(piece);
  expect(Buffer.compare(Buffer.concat(pieces), content)).toBe(0);
  expect(pieces.length).toBeLessThan(10);
  expect(pieces.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBeLessThan(2 * content.length);
  release();
});
