import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/message.js';
import { dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { cleanUpConnections, connect, connectBoth, deferred } from '../support/connections.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';
import { cleanUp, expectNothingLeft, serveForTest, TLS } from './harness.js';

cleanUpConnections();
expectNothingLeft();

/** Sizes that take all ways: a share of a slab, memory of its own, several reads. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 4000, max: 9000 }),
  fc.integer({ min: 60_000, max: 150_000 }),
);
const messages = fc.array(
  fc.record({ length, isText: fc.boolean(), pieces: fc.option(fc.integer({ min: 1, max: 5000 })) }),
  { minLength: 1, maxLength: 15 },
);

/** A typed array of 8 bytes an element is laid over the bytes, which throws when they begin elsewhere. */
function overlay(bytes: Uint8Array): void {
  const { length: elements } = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
  expect(elements).toBe(bytes.length >> 3);
  expect(new BigUint64Array(bytes.buffer, bytes.byteOffset, elements).byteOffset % 8).toBe(0);
}

describe.each<[string, ConnectionOptions & Pick<ServeOptions, 'tls'>]>([
  ['plain', {}],
  ['through the stream', { directSockets: false }],
  ['as they arrive', { triggerOnStart: true }],
  ['TLS', { tls: TLS }],
  ['TLS, as they arrive', { tls: TLS, triggerOnStart: true }],
  ['streams', { enableStreams: true }],
  ['streams, as they arrive', { enableStreams: true, triggerOnStart: true }],
  ['compression', { enableCompress: { threshold: 0 } }],
  [
    'compression with context takeover, as they arrive',
    {
      enableCompress: { threshold: 0, contextTakeover: true },
      triggerOnStart: true,
    },
  ],
  ['streams and compression', { enableStreams: true, enableCompress: { threshold: 0 } }],
  ['private mask', { privateMask: randomBytes(12) }],
  ['go', { dialect: 'go', enableStreams: true }],
])('%s', (_, options) => {
  propertyTest(
    'typed arrays of any kind can be laid over every message, and over every piece of one',
    6,
    fc.asyncProperty(messages, fc.boolean(), async (all, isCollected) => {
      let handled = 0;
      const isDone = deferred();
      const check = async (message: Message): Promise<void> => {
        if (isCollected || message.isComplete) overlay((await message.completed()).read());
        else for await (const piece of message.readIter()) overlay(piece);
        if (++handled === 2 * all.length) isDone.resolve();
      };
      const server = await serveForTest(options, (connection) => {
        for (const type of [1, 2]) {
          connection.onMessage(type, async (message) => {
            const before = message.isComplete ? new Uint8Array(message.read()) : undefined;
            await check(message);
            connection.dispatch(type, before ?? 'x');
          });
        }
      });
      const { tls, ...rest } = options;
      const client = await dial(server.url, { ...rest, ...(tls === undefined ? {} : { tls: { ca: TLS.cert } }) });
      cleanUp(() => client.close());
      client.onMessage(1, check).onMessage(2, check);
      const ended = client.start();
      for (const [i, each] of all.entries()) {
        const content = each.isText
          ? Buffer.from('lorem ipsum '.repeat(each.length / 12 + 1))
          : pattern(each.length, i);
        const bytes = content.subarray(0, each.length);
        const { pieces } = each;
        const cut = function* (size: number): Generator<Uint8Array, void, undefined> {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        };
        if (pieces === null) client.dispatch(each.isText ? 1 : 2, bytes);
        else await client.dispatchReader(each.isText ? 1 : 2, cut(pieces));
      }
      await isDone.promise;
      client.close();
      await ended;
    }),
  );
});

test('so it is with control frames', async () => {
  const { connection, peer } = connect();
  const seen: Uint8Array[] = [];
  connection
    .onMessage(9, (message) => void seen.push(message.read()))
    .onMessage(11, (message) => void seen.push(message.read()));
  void connection.start();
  peer.send([9, 'abc'], [9, '12345678'], [11, pattern(125)], [9, 'x']);
  await turns(2);
  expect(seen.map(({ length: bytes }) => bytes)).toEqual([3, 8, 125, 1]);
  for (const bytes of seen) overlay(bytes);
  peer.close();
});

describe('completed() that nobody waits for', () => {
  test.each(['vanishes', 'closes', 'breaks the protocol', 'sends too much'])('a peer that %s', async (how) => {
    const { connection, peer } = connect({ triggerOnStart: true, maxMessageSize: 100, maxPendingBytes: 100 });
    connection.onMessage(2, (message) => void message.completed());
    const ended = connection.start();
    peer.send([2, 'a', false]);
    await turns(2);
    if (how === 'closes') peer.close();
    else if (how === 'breaks the protocol') peer.send([2, 'b']);
    else if (how === 'sends too much') peer.send([0, pattern(200)]);
    if (how !== 'closes') peer.transport.destroy();
    await ended;
    await turns(2);
  });

  test('of a message that was read already, and of one that its peer gives up', async () => {
    const { connection, peer } = connect({ triggerOnStart: true, enableStreams: true });
    connection.onMessage(2, async (message) => {
      const reader = message.readIter();
      void message.completed();
      await reader.return();
    });
    connection.onMessage(1, (message) => void message.completed());
    const ended = connection.start();
    peer.sendOn(1, 2, 'a', false);
    peer.sendOn(3, 1, 'a', false);
    await turns(2);
    peer.cancel(3);
    await turns(2);
    peer.close();
    await ended;
  });

  test('whoever waits is told', async () => {
    const { client, server } = connectBoth({ triggerOnStart: true });
    const told = deferred<unknown>();
    server.onMessage(2, async (message) => {
      message.readIter();
      told.resolve(await message.completed().catch((error: unknown) => error));
      client.close();
    });
    const ended = [client.start(), server.start()];
    void client.dispatchReader(2, ['a', 'b']);
    expect(await told.promise).toMatchObject({ code: 'ALREADY_READ' });
    await Promise.all(ended);
  });
});
