import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../src/connection.js';
import type { Message } from '../src/message.js';
import { dial } from '../src/node/client/dial.js';
import type { ConnectionOptions } from '../src/options/options.js';
import { ConfigError } from '../src/protocol/contract/errors.js';
import { expectNothingLeft, serveForTest } from './node/harness.js';
import { cleanUpConnections, connect, connectBoth, deferred } from './support/connections.js';
import { pattern, textOf } from './support/frames.js';
import { propertyTest } from './support/property.js';
import { turns } from './support/turns.js';

cleanUpConnections();
expectNothingLeft();

const TYPES = [1, 2, 3];

/** One message: its type, its size, whether it is sent piece by piece, and how often its reader pauses. */
interface Item {
  type: number;
  length: number;
  isPieces: boolean;
  pauses: number;
}

const item: fc.Arbitrary<Item> = fc.record({
  type: fc.constantFrom(...TYPES),
  length: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1000, max: 90_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 700_000 }) },
  ),
  isPieces: fc.boolean(),
  pauses: fc.integer({ min: 0, max: 3 }),
});

/** How the messages of each type are wanted: true at their beginning, false complete, undefined as the connection says. */
const wishes = fc.tuple(...TYPES.map(() => fc.constantFrom(true, false, undefined)));

function contentOf({ type, length }: Item, i: number): Uint8Array {
  return type === 3 ? pattern(length, i) : compressible(length, i);
}

/** Text that is compressed to little, and refers to what came before it. */
function compressible(length: number, i: number): Uint8Array {
  return Buffer.from(`${i}:`.padEnd(length, 'lorem ipsum ').slice(0, length));
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 9000) yield bytes.subarray(at, at + 9000);
}

async function read(message: Message, pauses: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of message.readIter()) {
    pieces.push(piece);
    if (pieces.length <= pauses) await turns(2);
  }
  return Buffer.concat(pieces);
}

/** What handlers got of the items. */
class Receiver {
  readonly seen: { type: number; wasComplete: boolean; bytes: Buffer }[] = [];
  readonly isDone = deferred();
  readonly #items: Item[];
  #read = 0;

  constructor(items: Item[]) {
    this.#items = items;
    if (items.length === 0) this.isDone.resolve();
  }

  listen(connection: Connection, wanted: readonly (boolean | undefined)[]): void {
    for (const [i, type] of TYPES.entries()) {
      const stream = wanted[i];
      connection.onMessage(type, (message) => this.#take(message), stream === undefined ? {} : { stream });
    }
  }

  async #take(message: Message): Promise<void> {
    const { type, isComplete: wasComplete } = message;
    const { pauses } = this.#items[this.seen.length]!;
    const entry: (typeof this.seen)[number] = { type, wasComplete, bytes: Buffer.alloc(0) };
    this.seen.push(entry);
    entry.bytes = wasComplete ? Buffer.from(message.read()) : await read(message, pauses);
    if (++this.#read === this.#items.length) this.isDone.resolve();
  }
}

/** A client, and the server's connection to it; `onServer` gets that in time to add handlers. */
async function open(options: ConnectionOptions, onServer: (connection: Connection) => void) {
  const accepted = deferred<Connection>();
  const server = await serveForTest(options, (connection) => {
    onServer(connection);
    accepted.resolve(connection);
  });
  const client = await dial(server.url, options);
  return { server, client, accepted: accepted.promise };
}

async function send(sender: Connection, items: Item[], contents: Buffer[]): Promise<void> {
  for (const [i, { type, isPieces }] of items.entries()) {
    if (isPieces) await sender.dispatchReader(type, piecesOf(contents[i]!));
    else sender.dispatch(type, contents[i]!);
  }
}

const variants: [string, ConnectionOptions][] = [
  ['plain', {}],
  ['read as it arrives', { triggerOnStart: true }],
  ['compressed', { enableCompress: { threshold: 0 } }],
  ['compressed with context takeover', { enableCompress: { threshold: 0, contextTakeover: true } }],
  ['the same, read as it arrives', { enableCompress: { threshold: 0, contextTakeover: true }, triggerOnStart: true }],
  ['streams', { enableStreams: true }],
  ['streams, compressed, read as they arrive', { enableStreams: true, enableCompress: true, triggerOnStart: true }],
  ['go', { dialect: 'go', enableStreams: true }],
  ['one at a time', { synchronize: true, enableCompress: { threshold: 0, contextTakeover: true } }],
];

describe.each(variants)('%s', (name, options) => {
  propertyTest(
    'every type is handed over as its handler wants it, whole and in order',
    6,
    fc.asyncProperty(fc.array(item, { maxLength: 12 }), wishes, fc.boolean(), async (items, wanted, toServer) => {
      const sent = items.map((each, i) => Buffer.from(contentOf(each, i)));
      const receiver = new Receiver(items);
      const acceptTypes = (connection: Connection): void => {
        for (const type of TYPES) connection.onMessage(type, () => {});
      };
      const onServer = toServer ? (connection: Connection) => receiver.listen(connection, wanted) : acceptTypes;
      const { server, client, accepted } = await open(options, onServer);
      if (toServer) acceptTypes(client);
      else receiver.listen(client, wanted);
      const ended = client.start();
      await send(toServer ? client : await accepted, items, sent);
      await receiver.isDone.promise;
      client.close();
      await Promise.all([ended, server.close()]);
      const { seen } = receiver;
      const isWhole = (type: number): boolean => (wanted[type - 1] ?? options.triggerOnStart) !== true;
      for (const { type, wasComplete } of seen) if (isWhole(type)) expect(wasComplete).toBe(true);
      const expected = items.map(({ type }, i) => ({ type, bytes: sent[i]! }));
      const got = seen.map(({ type, bytes }) => ({ type, bytes }));
      // On streams those that are wanted whole may end in another order than they began.
      const key = ({ type, bytes }: { type: number; bytes: Buffer }): string => `${type} ${bytes.toString('latin1')}`;
      if (name.includes('streams') || name === 'go') {
        expect(got.map(key).sort()).toEqual(expected.map(key).sort());
      } else {
        expect(got.map(key)).toEqual(expected.map(key));
      }
    }),
  );
});

describe('a message of one type that is read slowly', () => {
  const contextTakeover = { enableCompress: { threshold: 0, contextTakeover: true } };

  test.each([
    ['plain', {}],
    ['compressed with context takeover', contextTakeover],
  ])('does not keep those of another from being complete: %s', async (_, options) => {
    const order: string[] = [];
    const isRead = deferred();
    const hasText = deferred();
    const { server, client } = await open(options, (receiver) => {
      receiver.onMessage(
        2,
        async (message) => {
          order.push(`begins, complete: ${message.isComplete}`);
          await hasText.promise;
          let length = 0;
          for await (const piece of message.readIter()) length += piece.length;
          order.push(`read ${length}`);
          isRead.resolve();
        },
        { stream: true },
      );
      receiver.onMessage(1, (message) => {
        order.push(message.text());
        hasText.resolve();
      });
    });
    void client.start();
    await client.dispatchReader(2, piecesOf(compressible(300_000, 0)));
    client.dispatch(1, 'text');
    await isRead.promise;
    expect(order).toEqual(['begins, complete: false', 'text', 'read 300000']);
    client.close();
    await server.close();
  });

  test('with context takeover: what waits behind it comes in its order, and before the end', async () => {
    const order: string[] = [];
    let total = 0;
    const mayRead = deferred();
    const isOver = deferred();
    const { server, client } = await open(contextTakeover, (receiver) => {
      receiver.onMessage(
        2,
        async (message) => {
          order.push('begins');
          await mayRead.promise;
          let length = 0;
          for await (const piece of message.readIter()) length += piece.length;
          total = length;
        },
        { stream: true },
      );
      receiver.onMessage(1, (message) => {
        order.push(message.text());
        if (message.text() === 'last') isOver.resolve();
      });
    });
    void client.start();
    // More than is inflated ahead of a reader.
    const source = function* (): Generator<Uint8Array, void, undefined> {
      for (let i = 0; i < 160; i++) yield compressible(65_536, i);
    };
    const sending = client.dispatchReader(2, source());
    const behind = sending.then(() => {
      client.dispatch(1, 'first'.repeat(50));
      client.dispatch(1, 'second'.repeat(50));
      client.dispatch(1, 'last');
    });
    await turns(20);
    expect(order).toEqual(['begins']);
    mayRead.resolve();
    await behind;
    await isOver.promise;
    expect(order).toEqual(['begins', 'first'.repeat(50), 'second'.repeat(50), 'last']);
    client.close();
    await server.close();
    expect(total).toBe(160 * 65_536);
  });
});

test('the way in which a type is handed over changes with its action, for what begins later', async () => {
  const { connection, peer } = connect();
  const seen: string[] = [];
  const note =
    (name: string) =>
    (message: Message): void => {
      seen.push(`${name}, complete: ${message.isComplete}`);
      if (!message.isComplete) void message.completed();
    };
  connection.onMessage(2, note('at its beginning'), { stream: true }).onMessage(1, note('text'));
  void connection.start();
  peer.send([2, 'a', false], [0, 'b']);
  await turns(3);
  peer.send([2, 'a', false]);
  await turns(3);
  connection.onMessage(2, note('whole'));
  peer.send([0, 'b'], [2, 'c', false], [0, 'd'], [1, 'e', false], [0, 'f']);
  await turns(3);
  connection.onMessage(1, note('text as it comes'), { stream: true });
  peer.send([1, 'e', false], [0, 'f']);
  await turns(3);
  expect(seen).toEqual([
    'at its beginning, complete: false',
    'at its beginning, complete: false',
    'whole, complete: true',
    'text, complete: true',
    'text as it comes, complete: false',
  ]);
});

test('stream: false makes one type whole on a connection with triggerOnStart', async () => {
  const { client, server } = connectBoth({ triggerOnStart: true });
  const seen = deferred<string>();
  server.onMessage(1, (message) => seen.resolve(`${message.isComplete} ${textOf(message.read())}`), { stream: false });
  void server.start();
  void client.start();
  await client.dispatchReader(1, ['a', 'b']);
  expect(await seen.promise).toBe('true ab');
});

test('a size beyond maxMessageSize is refused for the types that are whole alone', async () => {
  const { connection, peer } = connect({ maxMessageSize: 10 });
  let length = 0;
  const read = deferred();
  connection
    .onMessage(1, () => {})
    .onMessage(
      2,
      async (message) => {
        for await (const piece of message.readIter()) length += piece.length;
        read.resolve();
      },
      { stream: true },
    );
  const ended = connection.start();
  peer.send([2, '1234567', false], [0, '1234567']);
  await read.promise;
  expect(length).toBe(14);
  peer.send([1, '1234567', false], [0, '1234567']);
  peer.close(1009);
  expect((await ended).code).toBe(1009);
});

test.each(['yes', 1, null])('stream: %j is a ConfigError', (stream) => {
  const { connection } = connect();
  expect(() => connection.onMessage(1, () => {}, { stream: stream as never })).toThrow(ConfigError);
});
