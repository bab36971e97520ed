import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import type { Message } from '../../src/message.js';
import { dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ClosedError, WebsonError } from '../../src/protocol/contract/errors.js';
import { Status } from '../../src/status.js';
import { cleanUp, expectNothingLeft, serveForTest, TLS } from '../node/harness.js';
import { cleanUpConnections, connect, connectBoth, deferred } from '../support/connections.js';
import { pattern } from '../support/frames.js';
import { propertyTest } from '../support/property.js';
import { turns } from '../support/turns.js';

cleanUpConnections();
expectNothingLeft();

/** What a loop has got, and how it has ended. */
interface Looped {
  readonly texts: string[];
  outcome: unknown;
}

/** Reads all messages. */
function loopOver(connection: Connection, onMessage?: (message: Message) => unknown): Looped & { done: Promise<void> } {
  const looped: Looped = { texts: [], outcome: 'running' };
  const run = async (): Promise<void> => {
    try {
      for await (const message of connection) {
        looped.texts.push(message.isComplete ? message.text() : (await message.completed()).text());
        await onMessage?.(message);
      }
      looped.outcome = 'ended';
    } catch (error) {
      looped.outcome = error;
    }
  };
  return Object.assign(looped, { done: run() });
}

describe('the end', () => {
  test.each([1000, 1001])('of a peer that closes with %d is the end of the loop', async (code) => {
    const { connection, peer } = connect();
    const looped = loopOver(connection);
    peer.send([1, 'a'], [2, 'b']);
    peer.close(code);
    await looped.done;
    expect(looped).toMatchObject({ texts: ['a', 'b'], outcome: 'ended' });
    expect(connection.closeInfo).toMatchObject({ code, wasClean: true });
    expect(connection.status).toBe(Status.Closed);
  });

  test.each([1011, 1008, 4000])('of a peer that closes with %d is thrown', async (code) => {
    const { connection, peer } = connect();
    const looped = loopOver(connection);
    peer.send([1, 'a']);
    peer.close(code);
    await looped.done;
    expect(looped.texts).toEqual(['a']);
    expect(looped.outcome).toBeInstanceOf(ClosedError);
    expect(String(looped.outcome)).toContain(`ended with ${code}`);
  });

  test('of a peer that vanishes is thrown, behind all that has come', async () => {
    const { connection, peer } = connect();
    const looped = loopOver(connection, () => turns(2));
    peer.send([1, 'a'], [1, 'b'], [1, 'c']);
    peer.transport.destroy();
    await looped.done;
    expect(looped.texts).toEqual(['a', 'b', 'c']);
    expect(looped.outcome).toBeInstanceOf(ClosedError);
    expect(connection.closeInfo).toMatchObject({ code: 1006, wasClean: false });
  });

  test('of a peer that breaks the protocol has its fault as cause', async () => {
    const { connection, peer } = connect();
    const looped = loopOver(connection);
    peer.send([1, Uint8Array.of(0xff)]);
    peer.close(1007);
    await looped.done;
    expect(looped.outcome).toBeInstanceOf(ClosedError);
    expect((looped.outcome as ClosedError).cause).toBe(connection.closeInfo?.error);
    expect((looped.outcome as ClosedError).cause).toMatchObject({ closeCode: 1007 });
  });

  test('after close() in the loop is the end, whatever the code; what comes meanwhile is given to it', async () => {
    const { client, server } = connectBoth();
    server.onMessage(1, (_message, adapter) => adapter.dispatch(1, 'reply'));
    void server.start();
    const looped = loopOver(client, () => client.close(4001, 'enough'));
    client.dispatch(1, 'x');
    await looped.done;
    expect(looped).toMatchObject({ texts: ['reply'], outcome: 'ended' });
    expect(client.closeInfo).toMatchObject({ code: 4001, reason: 'enough', wasClean: true });
  });

  test('is told once: then the iterator is done', async () => {
    const { connection, peer } = connect();
    const iterator = connection[Symbol.asyncIterator]();
    const [first, second] = [iterator.next(), iterator.next()];
    peer.transport.destroy();
    await expect(first).rejects.toBeInstanceOf(ClosedError);
    expect(await second).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('reaches nobody when the promise of next() is left alone', async () => {
    const { connection, peer } = connect();
    void connection[Symbol.asyncIterator]().next();
    peer.transport.destroy();
    await turns(3);
    expect(connection.closeInfo?.code).toBe(1006);
  });
});

describe('one message at a time', () => {
  test('none is given before the loop asks, and reading pauses when many wait', async () => {
    const { connection, peer, transport } = connect({ maxPendingBytes: 65_536 });
    const iterator = connection[Symbol.asyncIterator]();
    for (let i = 0; i < 100; i++) peer.send([2, pattern(1000, i)]);
    await turns(5);
    expect(transport.isPaused).toBe(true);
    for (let i = 0; i < 100; i++) {
      const { value } = await iterator.next();
      expect(Buffer.compare(value!.read(), pattern(1000, i))).toBe(0);
    }
    expect(transport.isPaused).toBe(false);
    peer.close();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('several that are asked for at once come in order', async () => {
    const { connection, peer } = connect();
    const iterator = connection[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    peer.send([1, 'a'], [1, 'b'], [1, 'c'], [1, 'd']);
    const texts = (await Promise.all(asked)).map(({ value }) => value?.text());
    expect(texts).toEqual(['a', 'b', 'c']);
    expect((await iterator.next()).value?.text()).toBe('d');
    await iterator.return?.();
    peer.close();
  });

  test('the Close of the peer is answered when the body of the loop is done', async () => {
    const { connection, peer } = connect();
    const mayGoOn = deferred();
    const looped = loopOver(connection, async () => {
      await mayGoOn.promise;
      connection.dispatch(1, 'reply');
    });
    peer.send([1, 'a'], [8, Uint8Array.of(3, 232)]);
    await turns(3);
    expect(peer.seen).toEqual([]);
    mayGoOn.resolve();
    await peer.received(2);
    peer.transport.end();
    await looped.done;
    expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
    expect(looped.outcome).toBe('ended');
  });
});

describe('beside handlers', () => {
  test('both get every message, and control frames come to handlers alone', async () => {
    const { connection, peer } = connect();
    const heard: string[] = [];
    connection
      .onMessage(1, (message) => void heard.push(message.text()))
      .onMessage(3, () => {})
      .onMessage(9, () => void heard.push('ping'));
    const looped = loopOver(connection);
    peer.send([1, 'a'], [9, ''], [3, 'custom'], [2, 'b']);
    peer.close();
    await looped.done;
    expect(looped.texts).toEqual(['a', 'custom', 'b']);
    expect(heard).toEqual(['a', 'ping']);
  });

  test('a type that nobody has asked for is refused', async () => {
    const { connection, peer } = connect();
    const looped = loopOver(connection);
    peer.send([3, 'custom']);
    peer.close(1002);
    await looped.done;
    expect(looped.texts).toEqual([]);
    expect(connection.closeInfo?.code).toBe(1002);
  });

  test('an error of a handler that closes the connection is the cause', async () => {
    const { connection, peer } = connect();
    const error = new Error('of a handler');
    connection.onMessage(1, () => {
      throw error;
    });
    const looped = loopOver(connection);
    peer.send([1, 'a']);
    await peer.received(1);
    peer.close(1011);
    await looped.done;
    expect((looped.outcome as ClosedError).cause).toBe(error);
  });

  test('a loop that begins late gets what comes from then on', async () => {
    const { connection, peer } = connect();
    const heard: string[] = [];
    connection.onMessage(1, (message) => void heard.push(message.text()));
    void connection.start();
    peer.send([1, 'early']);
    await turns(2);
    const looped = loopOver(connection);
    peer.send([1, 'late']);
    peer.close();
    await looped.done;
    expect(looped.texts).toEqual(['late']);
    expect(heard).toEqual(['early', 'late']);
  });

  test('handlers are not awaited one by one any more once the loop is over', async () => {
    const { connection, peer } = connect();
    const iterator = connection[Symbol.asyncIterator]();
    let running = 0;
    connection.onMessage(1, () => {
      running++;
      return new Promise(() => {});
    });
    peer.send([1, 'a'], [1, 'b']);
    await turns(2);
    expect(running).toBe(1);
    await iterator.return?.();
    await turns(2);
    expect(running).toBe(2);
    peer.close();
  });
});

describe('leaving', () => {
  test.each(['break', 'return', 'throw'])('by %s closes with 1000', async (how) => {
    const { connection, peer } = connect();
    const run = async (): Promise<void> => {
      for await (const message of connection) {
        expect(message.text()).toBe('a');
        if (how === 'break') break;
        if (how === 'return') return;
        throw new Error('left');
      }
    };
    const running = run();
    peer.send([1, 'a'], [1, 'b']);
    await (how === 'throw' ? expect(running).rejects.toThrow('left') : running);
    await peer.received(1);
    expect(peer.frames[0]).toMatchObject({ opcode: 8 });
    expect([...peer.frames[0]!.payload]).toEqual([3, 232]);
    peer.close();
    await turns(3);
    expect(connection.closeInfo).toMatchObject({ code: 1000, wasClean: true });
  });

  test('next() of the iterator reads on without leaving', async () => {
    const { connection, peer } = connect();
    const iterator = connection[Symbol.asyncIterator]();
    peer.send([1, 'a'], [1, 'b']);
    expect((await iterator.next()).value?.text()).toBe('a');
    const rest: string[] = [];
    peer.close();
    for await (const message of iterator) rest.push(message.text());
    expect(rest).toEqual(['b']);
  });
});

test('there is one loop at a time', async () => {
  const { connection, peer } = connect();
  const iterator = connection[Symbol.asyncIterator]();
  expect(() => connection[Symbol.asyncIterator]()).toThrow(WebsonError);
  expect(() => connection[Symbol.asyncIterator]()).toThrow(/a loop already/);
  peer.close();
  await iterator.next();
  // After the end another one ends at once.
  expect((await connection[Symbol.asyncIterator]().next()).done).toBe(true);
});

test('a connection that was closed before it was started has nothing to give', async () => {
  const { connection, peer } = connect();
  connection.close();
  expect((await connection[Symbol.asyncIterator]().next()).done).toBe(true);
  peer.close();
});

test('it starts the connection, which cannot be started again', async () => {
  const { connection, peer } = connect();
  const looped = loopOver(connection);
  await expect(connection.start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
  peer.close();
  await looped.done;
});

test('a message that is given at its beginning is read in the loop, the next one waits', async () => {
  const { client, server } = connectBoth({ triggerOnStart: true });
  void client.start();
  const sizes: number[] = [];
  const read = (async () => {
    for await (const message of server) {
      let size = 0;
      for await (const piece of message.readIter()) size += piece.length;
      sizes.push(size);
    }
  })();
  await client.dispatchReader(2, [pattern(100_000), pattern(50_000)]);
  client.dispatch(2, pattern(7));
  await client.dispatchReader(2, [pattern(1), pattern(2)]);
  client.close();
  await read;
  expect(sizes).toEqual([150_000, 7, 3]);
});

test('after restart a new loop reads the new life', async () => {
  const server = await serveForTest({}, async (connection) => {
    connection.onReady((adapter) => adapter.dispatch(1, 'hello'));
    connection.onMessage(1, (_message, adapter) => adapter.close(1000));
  });
  const client = await dial(server.url);
  const first = loopOver(client, () => client.dispatch(1, 'bye'));
  await first.done;
  expect(client.closeInfo?.code).toBe(1000);
  const restarted = client.restart();
  await new Promise<void>((resolve) => client.onStatus(Status.Ready, () => resolve()));
  const second = loopOver(client, () => client.dispatch(1, 'bye'));
  await Promise.all([second.done, restarted]);
  expect([first, second]).toMatchObject([
    { texts: ['hello'], outcome: 'ended' },
    { texts: ['hello'], outcome: 'ended' },
  ]);
});

/** Something that the sender does. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), length: fc.integer({ min: 0, max: 500 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pieces' as const), length: fc.integer({ min: 0, max: 200_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pause' as const), length: fc.integer({ min: 1, max: 5 }) }) },
);

describe.each<[string, ConnectionOptions & Pick<ServeOptions, 'tls'>, boolean]>([
  ['plain', {}, false],
  ['streams', { enableStreams: true }, false],
  ['streams, as they arrive', { enableStreams: true, triggerOnStart: true }, false],
  [
    'compressed, as they arrive',
    { enableCompress: { threshold: 0, contextTakeover: true }, triggerOnStart: true },
    false,
  ],
  ['tiny bounds', { maxPendingBytes: 65_536, highWaterMark: 1000 }, false],
  ['TLS', { tls: TLS }, true],
  ['go', { dialect: 'go' }, false],
])('%s', (name, options, isSecure) => {
  propertyTest(
    'a loop gets what was sent before the end, once and in order',
    8,
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
      fc.boolean(),
      fc.constantFrom('close', 'leave', 'drain'),
      async (steps, pauses, fromServer, end) => {
        const expected: string[] = [];
        const send = async (connection: Connection): Promise<void> => {
          for (const [i, { kind, length }] of steps.entries()) {
            const payload = `${i}:`.padEnd(length, 'abc');
            if (kind === 'pause') await turns(length);
            else expected.push(payload);
            if (kind === 'send') connection.dispatch(1, payload);
            if (kind === 'pieces') await connection.dispatchReader(1, [payload.slice(0, 9000), payload.slice(9000)]);
          }
        };
        const accepted = deferred<{ connection: Connection; looped: ReturnType<typeof loopOver> | undefined }>();
        const pause = async (looped: Looped): Promise<void> => turns(pauses[looped.texts.length] ?? 0);
        const loop = (connection: Connection): ReturnType<typeof loopOver> => {
          const looped = loopOver(connection, async () => pause(looped));
          return looped;
        };
        const server = await serveForTest(options, (connection) => {
          accepted.resolve({ connection, looped: fromServer ? undefined : loop(connection) });
        });
        const tls = isSecure ? { tls: { ca: TLS.cert } } : {};
        const { tls: _, ...rest } = options;
        const client = await dial(server.url, { ...rest, ...tls });
        const far = fromServer ? loop(client) : undefined;
        const { connection, looped = far! } = await accepted.promise;
        const sender = fromServer ? connection : client;
        const ended = fromServer ? undefined : client.start();
        cleanUp(() => client.close());
        await send(sender);
        if (end === 'drain') await server.drain();
        else sender.close(end === 'leave' ? 1001 : 1000);
        await looped.done;
        await ended;
        await server.close();
        // On streams a message may overtake one that is sent piece by piece.
        const inOrder = !name.startsWith('streams');
        const sort = (texts: string[]): string[] => (inOrder ? texts : [...texts].sort());
        expect(sort(looped.texts)).toEqual(sort(expected));
        expect(looped.outcome).toBe('ended');
      },
    ),
  );
});
