import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../src/connection.js';
import type { Message } from '../src/message.js';
import type { ConnectionOptions } from '../src/options/options.js';
import {
  ClosedError,
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
} from '../src/protocol/contract/errors.js';
import { FLOW_OPCODE } from '../src/protocol/contract/flow-entry.js';
import {
  cleanUpConnections,
  connect,
  connectBoth,
  deferred,
  type TestConnection,
  type TestOptions,
} from './support/connections.js';
import { bytesOf, concat, pattern, textOf } from './support/frames.js';
import { turns } from './support/turns.js';

vi.mock('../src/time/run-time.js', () => import('./support/run-time.js'));

cleanUpConnections();

const STREAMS = { enableStreams: true } as const;
const READING = { enableStreams: true, triggerOnStart: true } as const;

/** A connection that reads messages as they arrive, and the messages that have begun. */
function reading(options: TestOptions = {}): TestConnection & { messages: Message[] } {
  const both = connect({ ...READING, ...options });
  const messages: Message[] = [];
  for (const type of [1, 2]) both.connection.onMessage(type, (message) => void messages.push(message));
  both.connection.onError(() => {});
  void both.connection.start();
  return { ...both, messages };
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return concat(chunks);
}

/** What a promise rejects with; undefined while it is pending, or when it resolves. */
function watch(promise: Promise<unknown>): { error: unknown; isOver: boolean } {
  const state = { error: undefined as unknown, isOver: false };
  promise.then(
    () => {
      state.isOver = true;
    },
    (error: unknown) => {
      state.error = error;
      state.isOver = true;
    },
  );
  return state;
}

/** A source that goes on for ever, `size` bytes at a time. */
async function* endless(size = 1000): AsyncGenerator<Uint8Array> {
  for (;;) {
    await turns(1);
    yield pattern(size);
  }
}

function startBoth(options: ConnectionOptions): { client: Connection; server: Connection } {
  const both = connectBoth(options);
  for (const connection of [both.client, both.server]) {
    connection.onError(() => {});
    void connection.start();
  }
  return both;
}

describe('a message is read while it arrives', () => {
  test('its handler is called at the first bytes', async () => {
    const { peer, messages } = reading();
    peer.sendOn(7, 1, 'first', false);
    await turns(3);
    const [message] = messages as [Message];
    expect([message.type, message.streamId, message.isComplete, message.size]).toEqual([1, 7, false, 5]);
    expect(() => message.read()).toThrow(MessageIncompleteError);
    expect(() => message.text()).toThrow(MessageIncompleteError);
    expect(() => message.json()).toThrow(MessageIncompleteError);
    peer.sendOn(7, 0, ' last');
    await turns(3);
    expect([message.isComplete, message.text(), textOf(message.read())]).toEqual([true, 'first last', 'first last']);
  });

  test.each(['readIter', 'stream'] as const)('%s: piece by piece', async (way) => {
    const { peer, messages } = reading();
    peer.sendOn(1, 2, 'one', false);
    await turns(3);
    const iterator = messages[0]![way]()[Symbol.asyncIterator]();
    expect(textOf((await iterator.next()).value!)).toBe('one');
    const next = iterator.next();
    peer.sendOn(1, 0, 'two', false);
    expect(textOf((await next).value!)).toBe('two');
    peer.sendOn(1, 0, 'three');
    expect(textOf((await iterator.next()).value!)).toBe('three');
    expect((await iterator.next()).done).toBe(true);
  });

  test('completed waits for all of it', async () => {
    const { peer, messages } = reading();
    peer.sendOn(1, 1, '{"a":', false);
    await turns(3);
    const completed = messages[0]!.completed();
    peer.sendOn(1, 0, '1}');
    expect((await completed).json()).toEqual({ a: 1 });
  });

  test('a message in one piece is complete', async () => {
    const { peer, messages } = reading();
    peer.sendOn(1, 1, 'whole');
    await turns(3);
    expect([messages[0]!.isComplete, messages[0]!.text()]).toEqual([true, 'whole']);
  });

  test('piece by piece once only', async () => {
    const { peer, messages } = reading();
    peer.sendOn(1, 1, 'a', false);
    peer.sendOn(1, 0, 'b');
    await turns(3);
    const [message] = messages as [Message];
    expect(textOf(await collect(message.readIter()))).toBe('ab');
    const alreadyRead = { code: 'ALREADY_READ' };
    await expect(collect(message.readIter())).rejects.toMatchObject(alreadyRead);
    await expect(message.completed()).rejects.toMatchObject(alreadyRead);
    expect(() => message.stream()).toThrow(expect.objectContaining(alreadyRead));
    expect(() => message.read()).toThrow(expect.objectContaining(alreadyRead));
  });

  test('completed above maxMessageSize: MessageTooLargeError, the message is stopped, the connection lives', async () => {
    const { connection, peer, messages } = reading({ maxMessageSize: 10 });
    peer.sendOn(1, 1, '12345', false);
    await turns(3);
    const completed = watch(messages[0]!.completed());
    peer.sendOn(1, 0, '678901', false);
    await turns(3);
    expect(completed.error).toBeInstanceOf(MessageTooLargeError);
    expect(peer.frames.map(({ opcode, payload }) => [opcode, payload[0]])).toEqual([[FLOW_OPCODE, 1]]);
    peer.sendOn(1, 0, 'more', false);
    peer.cancel(1);
    peer.sendOn(1, 1, 'next');
    await turns(3);
    expect([connection.status, messages[1]?.text()]).toEqual([0, 'next']);
  });

  test('without streams too', async () => {
    const { peer, messages } = reading({ enableStreams: false });
    peer.send([1, 'a', false]);
    await turns(3);
    const text = collect(messages[0]!.readIter());
    peer.send([0, 'b', false], [9, ''], [0, 'c']);
    expect(textOf(await text)).toBe('abc');
    expect(messages[0]!.streamId).toBe(0);
  });
});

describe('leaving early', () => {
  const ways: [string, (message: Message) => Promise<unknown>][] = [
    [
      'the loop',
      async (message) => {
        for await (const _ of message.readIter()) break;
      },
    ],
    ['the stream', (message) => message.stream().cancel()],
  ];
  test.each(ways)('%s: the sender is told, and gets a MessageCancelledError', async (_, leave) => {
    const { client, server } = startBoth(READING);
    const seen: string[] = [];
    client.onMessage(2, (message) => leave(message));
    client.onMessage(1, async (message) => seen.push((await message.completed()).text()));
    await turns(1);
    const sent = server.dispatchReader(2, endless());
    await expect(sent).rejects.toThrow(MessageCancelledError);
    server.dispatch(1, 'alive');
    await turns(5);
    expect([seen, client.status, server.status]).toEqual([['alive'], 0, 0]);
  });

  test('within the handler’s first turn', async () => {
    const { client, server } = startBoth(READING);
    client.onMessage(2, (message) => void message.stream().cancel());
    await turns(1);
    await expect(server.dispatchReader(2, endless())).rejects.toThrow(MessageCancelledError);
  });

  test('a message that nobody has a handler for is stopped: it does not stand in the way', async () => {
    const { client, server } = startBoth({ ...READING, streamWindow: 4096, connectionWindow: 8192 });
    const seen: string[] = [];
    client.onMessage(1, async (message) => seen.push((await message.completed()).text()));
    await turns(1);
    await expect(server.dispatchReader(2, endless())).rejects.toThrow(MessageCancelledError);
    for (let i = 0; i < 10; i++) server.dispatch(2, pattern(10_000));
    server.dispatch(1, 'alive');
    await vi.waitFor(() => expect(seen).toEqual(['alive']));
  });

  test('by a handler that throws before its message has ended: it is closed with 1011, and other readers are told', async () => {
    const { connection, peer } = connect({ ...READING });
    let read: { error: unknown } | undefined;
    connection.onMessage(1, (message) => {
      read = watch(collect(message.readIter()));
      throw new Error('handler');
    });
    void connection.start();
    peer.sendOn(1, 1, 'a', false);
    await turns(5);
    expect(peer.frames.at(-1)?.opcode).toBe(8);
    expect(read?.error).toBeInstanceOf(ClosedError);
  });
});

describe('cancelled by its sender', () => {
  test('MessageCancelledError, from every way of reading; the others live on', async () => {
    const { connection, peer, messages } = reading();
    for (const id of [1, 2, 3, 4, 5]) peer.sendOn(id, 1, 'a', false);
    await turns(3);
    const outcomes = [
      watch(collect(messages[0]!.readIter())),
      watch(collect(messages[1]!.stream())),
      watch(messages[2]!.completed()),
    ];
    await turns(2);
    for (const id of [1, 2, 3, 4]) peer.cancel(id);
    peer.sendOn(5, 0, 'b');
    await turns(5);
    for (const { error } of outcomes) expect(error).toBeInstanceOf(MessageCancelledError);
    for (const way of ['read', 'text', 'json'] as const) {
      expect(() => messages[3]![way]()).toThrow(MessageCancelledError);
    }
    await expect(collect(messages[3]!.readIter())).rejects.toThrow(MessageCancelledError);
    expect([messages[4]!.text(), connection.status]).toEqual(['ab', 0]);
  });

  test('the connection ends: ClosedError', async () => {
    const { peer, messages } = reading();
    for (const id of [1, 2, 3]) peer.sendOn(id, 1, 'a', false);
    await turns(3);
    const outcomes = [
      watch(collect(messages[0]!.readIter())),
      watch(collect(messages[1]!.stream())),
      watch(messages[2]!.completed()),
    ];
    await turns(2);
    peer.transport.destroy();
    await turns(5);
    for (const { error } of outcomes) expect(error).toBeInstanceOf(ClosedError);
  });
});

describe('dispatchReader', () => {
  test('many at once, and small messages between them', async () => {
    const { client, server } = startBoth({
      ...STREAMS,
      chunkSize: 4096,
      streamWindow: 10_000,
      connectionWindow: 30_000,
    });
    const seen = new Map<string, Uint8Array>();
    const order: string[] = [];
    client.onMessage(2, (message) => {
      const payload = message.read();
      seen.set(`${payload[0]}`, payload);
      order.push('bulk');
    });
    client.onMessage(1, (message) => void order.push(message.text()));
    await turns(1);
    const sources = Array.from({ length: 8 }, (_, i) => {
      const content = pattern(50_000, i + 1);
      content[0] = i;
      return content;
    });
    const sent = sources.map((content) => server.dispatchReader(2, [content.slice(0, 20_000), content.slice(20_000)]));
    server.dispatch(1, 'small');
    await Promise.all(sent);
    await vi.waitFor(() => expect(seen.size).toBe(8));
    expect(order[0]).toBe('small');
    sources.forEach((content, i) => {
      expect(Buffer.compare(seen.get(`${i}`)!, content)).toBe(0);
    });
  });

  test('no faster than the peer reads', async () => {
    const { client, server } = startBoth({
      ...READING,
      chunkSize: 4096,
      streamWindow: 10_000,
      connectionWindow: 30_000,
    });
    let message: Message | undefined;
    client.onMessage(2, (given) => {
      message = given;
    });
    await turns(1);
    let pulled = 0;
    const source = (async function* () {
      for (; pulled < 100; pulled++) yield pattern(1000);
    })();
    const sent = server.dispatchReader(2, source);
    await turns(50);
    expect([message?.size, pulled]).toEqual([10_000, expect.any(Number)]);
    expect(pulled).toBeLessThan(20);
    expect(await collect(message!.readIter())).toHaveLength(100_000);
    await sent;
  });

  test.each(['an abort signal', 'a failing source'])('%s cancels that message alone', async (what) => {
    const { connection, peer } = connect(STREAMS);
    void connection.start();
    const abort = new AbortController();
    const reason = new Error('reason');
    const source = (async function* () {
      yield bytesOf('a');
      await turns(5);
      if (what === 'a failing source') throw reason;
      abort.abort(reason);
      await turns(100);
    })();
    const other = watch(connection.dispatchReader(2, endless(10)));
    await expect(connection.dispatchReader(1, source, { signal: abort.signal })).rejects.toBe(reason);
    connection.dispatch(1, 'alive');
    await turns(5);
    expect(peer.seen).toContain('2: cancel');
    expect(peer.seen.filter((text) => text.endsWith('cancel'))).toHaveLength(1);
    expect(peer.seen.some((text) => text.endsWith('1 alive'))).toBe(true);
    expect([other.isOver, connection.status]).toEqual([false, 0]);
    connection.close();
    await turns(3);
    peer.close();
    await turns(3);
    expect(other.error).toBeInstanceOf(ClosedError);
  });

  test('more than maxStreams: they wait for a stream', async () => {
    const { client, server } = startBoth({ ...STREAMS, maxStreams: 2 });
    const seen: number[] = [];
    client.onMessage(2, (message) => void seen.push(message.size));
    await turns(1);
    await Promise.all([1, 2, 3, 4, 5].map((size) => server.dispatchReader(2, [pattern(size), pattern(size)])));
    await vi.waitFor(() => expect(seen.toSorted()).toEqual([10, 2, 4, 6, 8]));
  });

  test('close() after it: all of it arrives', async () => {
    const { client, server } = startBoth({ ...STREAMS, streamWindow: 1000, connectionWindow: 3000 });
    let size = 0;
    client.onMessage(2, (message) => {
      size = message.size;
    });
    await turns(1);
    await server.dispatchReader(2, [pattern(30_000)]);
    server.close();
    await vi.waitFor(() => expect(server.status).toBe(1));
    expect(size).toBe(30_000);
  });
});

describe('who reads little', () => {
  test('without flow control reading pauses at connectionWindow, and goes on', async () => {
    const { transport, peer, messages } = reading({ streamWindow: false, connectionWindow: 100 });
    peer.sendOn(1, 2, pattern(60), false);
    await turns(3);
    expect(transport.isPaused).toBe(false);
    peer.sendOn(2, 2, pattern(60), false);
    await turns(3);
    expect(transport.isPaused).toBe(true);
    const iterators = messages.map((message) => message.readIter());
    await iterators[0]!.next();
    expect(transport.isPaused).toBe(true);
    await iterators[1]!.next();
    expect(transport.isPaused).toBe(false);
    for (const iterator of iterators) await iterator.return();
  });

  test('with it reading goes on: only its message is held back', async () => {
    const { client, server } = startBoth({ ...READING, streamWindow: 1000, connectionWindow: 5000 });
    const seen: string[] = [];
    let slow: Message | undefined;
    client.onMessage(2, (message) => {
      slow = message;
    });
    client.onMessage(1, async (message) => seen.push((await message.completed()).text()));
    await turns(1);
    server.dispatch(2, pattern(3000));
    for (let i = 0; i < 20; i++) server.dispatch(1, `${i} ${'x'.repeat(1500)}`);
    await vi.waitFor(() => expect(seen).toHaveLength(20));
    expect([slow?.isComplete, slow?.size]).toEqual([false, 1000]);
    expect(await collect(slow!.readIter())).toHaveLength(3000);
  });

  test('synchronize: the handler of a message that is still arriving gets the rest of it', async () => {
    for (const hasStreams of [true, false]) {
      const { connection, peer } = connect({ triggerOnStart: true, synchronize: true, enableStreams: hasStreams });
      const seen: string[] = [];
      connection.onMessage(1, async (message) => {
        seen.push('begin');
        seen.push(textOf(await collect(message.readIter())));
      });
      void connection.start();
      const send = (opcode: number, payload: string, fin: boolean): void => {
        if (hasStreams) peer.sendOn(1, opcode, payload, fin);
        else peer.send([opcode, payload, fin]);
      };
      send(1, 'a', false);
      await turns(3);
      if (hasStreams) peer.sendOn(2, 1, 'second');
      send(0, 'b', false);
      await turns(3);
      expect(seen).toEqual(['begin']);
      send(0, 'c', true);
      if (!hasStreams) send(1, 'second', true);
      await turns(5);
      expect(seen).toEqual(['begin', 'abc', 'begin', 'second']);
      peer.transport.destroy();
    }
  });
});

describe('idle streams', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('1008 between one and two times streamIdleTimeout', async () => {
    const { connection, peer } = connect({ ...STREAMS, streamIdleTimeout: 1000 });
    const ended = connection.start();
    peer.sendOn(1, 2, 'a', false);
    await turns(3);
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(999);
      peer.sendOn(1, 0, 'a', false);
      await turns(3);
    }
    expect(peer.frames).toEqual([]);
    vi.advanceTimersByTime(2000);
    await turns(3);
    expect(peer.frames.map(({ opcode, payload }) => [opcode, (payload[0]! << 8) | payload[1]!])).toEqual([[8, 1008]]);
    peer.transport.destroy();
    expect(await ended).toMatchObject({ code: 1008 });
  });

  test('not while reading is paused', async () => {
    const options = { ...STREAMS, streamIdleTimeout: 1000, synchronize: true, maxPendingBytes: 1 };
    const { connection, transport, peer } = connect(options);
    const handler = deferred();
    connection.onMessage(1, () => handler.promise);
    void connection.start();
    peer.sendOn(1, 2, 'a', false);
    peer.sendOn(2, 1, 'x');
    peer.sendOn(2, 1, 'waits');
    await turns(3);
    expect(transport.isPaused).toBe(true);
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(1000);
      await turns(1);
    }
    expect(peer.frames).toEqual([]);
    handler.resolve();
    await turns(3);
    vi.advanceTimersByTime(3000);
    await turns(3);
    expect(peer.frames.at(-1)?.opcode).toBe(8);
  });

  test('no stream is unfinished: nothing happens, and no timer is left at the end', async () => {
    const { connection, peer } = connect({ ...STREAMS, streamIdleTimeout: 1000 });
    void connection.start();
    peer.sendOn(1, 2, 'a');
    await turns(3);
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(1000);
      await turns(1);
    }
    expect(connection.status).toBe(0);
    peer.transport.destroy();
    await turns(3);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('only so much is handed to a transport that has not drained', async () => {
  const { connection, transport, peer } = connect({
    ...STREAMS,
    streamWindow: 2 ** 31 - 1,
    connectionWindow: 2 ** 31 - 1,
  });
  void connection.start();
  peer.transport.pause();
  await turns(1);
  for (let i = 0; i < 4; i++) connection.dispatch(2, pattern(500_000));
  await turns(20);
  const given = transport.writes.reduce((sum, length) => sum + length, 0);
  // What the transport has room for, and one hand-over more.
  expect(given).toBeLessThan(64 * 1024 + 2 * (64 * 1024 + 17_000));
  expect(connection.bufferedAmount).toBeGreaterThan(2_000_000 - given);
  connection.dispatch(1, 'small');
  connection.ping('ping');
  const before = peer.frames.length;
  peer.transport.resume();
  await peer.sink.until(() => peer.frames.some(({ opcode }) => opcode === 9));
  const ahead = peer.frames.slice(before).findIndex(({ opcode }) => opcode === 1);
  const waited = peer.frames.slice(before, before + ahead).reduce((sum, { payload }) => sum + payload.length, 0);
  expect(waited).toBeLessThanOrEqual(given);
  expect(Math.max(...transport.writes)).toBeLessThan(64 * 1024 + 17_000);
});

test('a peer that half-closes gets all that was dispatched', async () => {
  const { connection, peer } = connect({ ...STREAMS, streamWindow: 262_144 });
  void connection.start();
  await turns(1);
  const content = pattern(1_000_000);
  connection.dispatch(2, content);
  peer.transport.end();
  await peer.sink.until(({ hasEnded }) => hasEnded);
  const received = concat(peer.frames.filter(({ opcode }) => opcode < 8).map(({ payload }) => payload));
  // As much as the window allows: there is nobody to grant more.
  expect(Buffer.compare(received, content.subarray(0, received.length))).toBe(0);
  expect(received).toHaveLength(262_144);
});
