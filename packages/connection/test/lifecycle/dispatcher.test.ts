import { describe, expect, test } from 'vitest';
import { Dispatcher, type DispatcherOptions } from '../../src/lifecycle/dispatcher.js';
import { Message } from '../../src/message.js';
import { nodePlatform } from '../../src/node/platform.js';
import type { Attendance } from '../../src/reading/attendance.js';
import { Collection } from '../../src/reading/collection.js';
import { IncomingBody } from '../../src/reading/incoming-body.js';
import { cleanUpConnections, connect, type Deferred, deferred } from '../support/connections.js';
import { bytesOf } from '../support/frames.js';
import { turns } from '../support/turns.js';

cleanUpConnections();

/** Handlers that are pending until they are told. */
class Handlers {
  readonly started: string[] = [];
  readonly #pending = new Map<string, Deferred>();
  /** Most that were pending at once. */
  most = 0;

  handle(text: string): Promise<void> {
    this.started.push(text);
    const entry = deferred();
    this.#pending.set(text, entry);
    this.most = Math.max(this.most, this.#pending.size);
    return entry.promise;
  }

  async finish(...texts: string[]): Promise<void> {
    for (const text of texts) {
      this.#pending.get(text)?.resolve();
      this.#pending.delete(text);
    }
    await turns(1);
  }

  async fail(text: string): Promise<void> {
    this.#pending.get(text)?.reject(new Error(text));
    this.#pending.delete(text);
    await turns(1);
  }
}

function texts(from: number, to: number): [number, string][] {
  return Array.from({ length: to - from }, (_, i) => [1, `${from + i}`]);
}

describe('asynchronous mode', () => {
  test('handlers run in the order of the messages, and are not awaited', async () => {
    const { connection, transport, peer } = connect({ maxPendingHandlers: 100 });
    const handlers = new Handlers();
    connection.onMessage(1, (message) => handlers.handle(message.text()));
    void connection.start();
    peer.send(...texts(0, 50));
    await turns(3);
    peer.send(...texts(50, 99));
    await turns(3);
    expect(handlers.started).toEqual(texts(0, 99).map(([, text]) => text));
    expect(transport.isPaused).toBe(false);
  });

  test('at most maxPendingHandlers at once: at maxPendingBytes reading pauses, then goes on', async () => {
    const { connection, transport, peer } = connect({ maxPendingHandlers: 3, maxPendingBytes: 4 });
    const handlers = new Handlers();
    connection.onMessage(1, (message) => handlers.handle(message.text()));
    const ended = connection.start();
    peer.send(...texts(0, 5));
    await turns(3);
    expect(handlers.started).toEqual(['0', '1', '2']);
    expect(transport.isPaused).toBe(true);
    peer.send(...texts(5, 7));
    peer.close();
    await turns(3);
    expect(handlers.started).toHaveLength(3);

    await handlers.finish('1');
    expect(handlers.started).toEqual(['0', '1', '2', '3']);
    expect(transport.isPaused).toBe(true);
    await handlers.finish('0', '2', '3');
    expect(handlers.started.slice(0, 5)).toEqual(['0', '1', '2', '3', '4']);
    expect(transport.isPaused).toBe(false);
    await turns(3);
    expect(handlers.started).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    await handlers.finish('4', '5', '6');
    expect(await ended).toMatchObject({ wasClean: true });
    expect(handlers.most).toBe(3);
  });

  test('a handler that has returned takes no place', async () => {
    const { connection, transport, peer } = connect({ maxPendingHandlers: 1 });
    const seen: string[] = [];
    connection.onMessage(1, (message) => {
      seen.push(message.text());
    });
    void connection.start();
    peer.send(...texts(0, 100));
    await turns(3);
    expect(seen).toHaveLength(100);
    expect(transport.isPaused).toBe(false);
  });

  test('the handlers of one message take one place', async () => {
    const { connection, transport, peer } = connect({ maxPendingHandlers: 2, maxPendingBytes: 3 });
    const own = new Handlers();
    const applied = new Handlers();
    connection.onMessage(1, (message) => own.handle(message.text()));
    connection.apply({ name: 'applied', onMessage: (message) => applied.handle(message.text()) });
    void connection.start();
    peer.send(...texts(0, 3));
    await turns(3);
    expect([own.started, applied.started, transport.isPaused]).toEqual([['0', '1'], ['0', '1'], true]);
    await own.finish('0');
    expect(own.started).toHaveLength(2);
    await applied.finish('0');
    expect([own.started, applied.started]).toEqual([
      ['0', '1', '2'],
      ['0', '1', '2'],
    ]);
  });

  test('one that rejects gives its place back', async () => {
    const { connection, peer } = connect({ maxPendingHandlers: 1 });
    const handlers = new Handlers();
    const errors: string[] = [];
    connection.onError(({ message }) => errors.push(message));
    connection.onMessage(1, (message) => handlers.handle(message.text()));
    void connection.start();
    peer.send(...texts(0, 2));
    await turns(3);
    await handlers.fail('0');
    expect([handlers.started, errors]).toEqual([['0', '1'], ['0']]);
  });
});

describe('synchronous mode', () => {
  test('strictly one at a time, in order, over chunks', async () => {
    const { connection, transport, peer } = connect({ synchronize: true, maxPendingBytes: 2 });
    const handlers = new Handlers();
    connection.onMessage(1, (message) => handlers.handle(message.text()));
    const ended = connection.start();
    peer.send(...texts(0, 3));
    await turns(2);
    peer.send(...texts(3, 5));
    peer.close();
    for (let i = 0; i < 5; i++) {
      await turns(3);
      expect(handlers.started).toEqual(texts(0, i + 1).map(([, text]) => text));
      if (i < 2) expect(transport.isPaused).toBe(true);
      await handlers.finish(`${i}`);
    }
    expect(await ended).toMatchObject({ wasClean: true });
    expect(handlers.most).toBe(1);
  });

  test('several handlers of one message run one after the other', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const handlers = new Handlers();
    connection.onMessage(1, (message) => handlers.handle(`own ${message.text()}`));
    for (const name of ['a', 'b']) {
      connection.apply({ name, onMessage: (message) => handlers.handle(`${name} ${message.text()}`) });
    }
    void connection.start();
    peer.send(...texts(0, 2));
    for (const next of ['own 0', 'a 0', 'b 0', 'own 1', 'a 1', 'b 1']) {
      await turns(3);
      expect(handlers.started.at(-1)).toBe(next);
      await handlers.finish(next);
    }
    expect(handlers.started).toHaveLength(6);
    expect(handlers.most).toBe(1);
  });

  test('handlers that return at once need no turn of their own', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const seen: string[] = [];
    connection.onMessage(1, (message) => {
      seen.push(message.text());
      return message.text() === '5' ? Promise.resolve() : undefined;
    });
    void connection.start();
    peer.send(...texts(0, 10));
    await turns(3);
    expect(seen).toEqual(texts(0, 10).map(([, text]) => text));
  });

  test('the peer’s Close is read while a handler is pending, and start waits for the messages before it', async () => {
    const { connection, transport, peer } = connect({ synchronize: true, timeout: { close: 20 } });
    const handlers = new Handlers();
    connection.onMessage(1, (message) => handlers.handle(message.text()));
    let isOver = false;
    const ended = connection.start().then((info) => {
      isOver = true;
      return info;
    });
    peer.send([1, 'a'], [1, 'b'], [8]);
    peer.transport.end();
    // Although the handler hangs.
    await peer.received(1);
    // It reads on, to see the end.
    expect([isOver, handlers.started, transport.isPaused]).toEqual([false, ['a'], false]);
    await handlers.finish('a');
    await turns(2);
    // Handed over is enough: `b` may take its time.
    expect([isOver, handlers.started]).toEqual([true, ['a', 'b']]);
    expect(await ended).toMatchObject({ code: 1005, wasClean: true });
  });
});

describe('control frames', () => {
  test('a handler of pongs is called while the handlers of data are busy: they may wait for it', async () => {
    const { connection, peer } = connect({ synchronize: true });
    const seen: string[] = [];
    connection.onMessage(1, async (message, adapter) => {
      seen.push(message.text());
      adapter.ping('are you there?');
      await new Promise<void>((resolve) => {
        connection.onMessage(10, (pong) => {
          seen.push(pong.text());
          resolve();
        });
      });
      seen.push('over');
    });
    void connection.start();
    peer.send([1, 'a'], [1, 'b']);
    await peer.received(1);
    peer.send([10, 'yes']);
    await peer.received(2);
    expect(seen).toEqual(['a', 'yes', 'over', 'b']);
  });

  test('a ping is answered while handlers are busy and messages wait', async () => {
    const { connection, peer } = connect({ synchronize: true });
    connection.onMessage(1, () => new Promise(() => {}));
    void connection.start();
    peer.send(...texts(0, 2000), [9, 'here?']);
    await peer.received(1);
    expect(peer.seen).toEqual(['10 here?']);
  });
});

describe('the dispatcher by itself', () => {
  interface Setup {
    dispatcher: Dispatcher;
    handlers: Handlers;
    /** How often the load changed. */
    loads: () => number;
  }

  function create(options: Partial<DispatcherOptions>): Setup {
    const handlers = new Handlers();
    let loads = 0;
    const dispatcher = new Dispatcher(
      { synchronize: false, maxPendingHandlers: 2, maxPendingBytes: 1000, ...options },
      {
        handle: (message) => handlers.handle(message.text()),
        onHandlerError: (error) => expect.unreachable(String(error)),
        onLoad: () => loads++,
      },
    );
    return { dispatcher, handlers, loads: () => loads };
  }

  const message = (text: string): Message => new Message(nodePlatform, 1, 0, bytesOf(text), true);

  test('whenIdle: at once, or when the last has been handed over', async () => {
    const { dispatcher, handlers } = create({ synchronize: true });
    const log: string[] = [];
    dispatcher.whenIdle(() => log.push('at once'));
    for (const text of ['a', 'b']) dispatcher.push(message(text));
    dispatcher.whenIdle(() => log.push('idle'));
    expect(log).toEqual(['at once']);
    await handlers.finish('a');
    expect([log, handlers.started]).toEqual([
      ['at once', 'idle'],
      ['a', 'b'],
    ]);
  });

  test('full: when a quarter of maxPendingBytes waits, 512 counted for each message beside its own', async () => {
    const { dispatcher, handlers, loads } = create({ synchronize: true, maxPendingBytes: 8000 });
    dispatcher.push(message('x'.repeat(4000)));
    expect([dispatcher.isFull, dispatcher.queuedBytes]).toEqual([false, 0]);
    dispatcher.push(message('y'.repeat(975)));
    expect([dispatcher.isFull, dispatcher.queuedBytes]).toEqual([false, 512 + 975]);
    const before = loads();
    dispatcher.push(message('z'));
    expect([dispatcher.isFull, dispatcher.queuedBytes, loads()]).toEqual([true, 512 * 2 + 976, before + 1]);
    await handlers.finish('x'.repeat(4000));
    expect([dispatcher.isFull, dispatcher.queuedBytes]).toEqual([false, 513]);
    await handlers.finish('y'.repeat(975), 'z');
    expect([dispatcher.isFull, dispatcher.queuedBytes]).toEqual([false, 0]);
  });

  test('moves: grow with each message that begins to wait, is handed on or has settled, though as much waits as before', async () => {
    const { dispatcher, handlers } = create({ synchronize: true });
    dispatcher.push(message('a'));
    dispatcher.push(message('b'));
    let before = dispatcher.moves;
    for (const [text, next] of ['ac', 'bd', 'ce'].map((pair) => [...pair])) {
      await handlers.finish(text!);
      expect(dispatcher.moves).toBeGreaterThan(before);
      before = dispatcher.moves;
      dispatcher.push(message(next!));
      expect(dispatcher.moves).toBeGreaterThan(before);
      before = dispatcher.moves;
    }
  });

  test('stuffed: when half a MiB more waits', () => {
    const { dispatcher } = create({ synchronize: true });
    dispatcher.push(message('first'));
    for (let i = 0; i < 1024; i++) dispatcher.push(message(''));
    expect([dispatcher.isFull, dispatcher.isStuffed]).toEqual([true, false]);
    for (let i = 0; i < 2; i++) dispatcher.push(message(''));
    expect(dispatcher.isStuffed).toBe(true);
  });

  test('what comes and goes of a message while it waits is not counted twice', async () => {
    const { dispatcher, handlers } = create({ synchronize: true, maxPendingBytes: 100 });
    const reading = { consumed() {}, stop() {}, starve() {}, lag() {} };
    const limits = {
      maxMessageSize: 1000,
      streamIdleTimeout: 1000,
      left: new Set<Attendance>(),
      hasEnded: false,
      onLeft: () => {},
      collection: new Collection(1000),
    };
    const bodies = Array.from({ length: 20 }, () => new IncomingBody(reading, limits));
    dispatcher.push(message('first'));
    for (const body of bodies) dispatcher.push(new Message(nodePlatform, 1, 1, body, false), body);
    expect(dispatcher.queuedBytes).toBe(20 * 512);
    for (const body of bodies) {
      body.append(bytesOf('x'.repeat(90)));
      body.finish();
    }
    await handlers.finish('first');
    for (let i = 0; i < 20; i++) await handlers.finish('x'.repeat(90));
    expect([dispatcher.isFull, dispatcher.queuedBytes]).toEqual([false, 0]);
    dispatcher.push(message('y'.repeat(99)));
    expect(dispatcher.isFull).toBe(false);
    dispatcher.push(message(''));
    expect(dispatcher.isFull).toBe(true);
  });

  test('a queue that is never empty keeps nothing of what was in it', async () => {
    const { dispatcher, handlers } = create({ synchronize: true });
    dispatcher.push(message('0'));
    dispatcher.push(message('1'));
    for (let i = 2; i < 1000; i++) {
      dispatcher.push(message(`${i}`));
      await handlers.finish(`${i - 2}`);
      expect(dispatcher.queuedBytes).toBeLessThan(3 * 515);
    }
    expect(handlers.started).toEqual(texts(0, 999).map(([, text]) => text));
  });

  test('the body of a message is told while it waits, when its handler has settled, and whether that was awaited', async () => {
    const told: [string, boolean][] = [];
    const lagging: string[] = [];
    const arriving = (name: string) => ({
      settle: (isAwaited: boolean) => told.push([name, isAwaited]),
      lag: (isLagging: boolean) => lagging.push(`${name}: ${isLagging}`),
    });
    const results = [undefined, Promise.resolve(), Promise.reject(new Error('x'))];
    const dispatcher = new Dispatcher(
      { synchronize: true, maxPendingHandlers: 1, maxPendingBytes: 1000 },
      {
        handle: (given) => {
          if (given.text() === 'throws') throw new Error('y');
          return results.shift();
        },
        onHandlerError() {},
        onLoad() {},
      },
    );
    for (const name of ['returns', 'resolves', 'rejects', 'throws']) dispatcher.push(message(name), arriving(name));
    await turns(1);
    expect(told).toEqual([
      ['returns', false],
      ['resolves', true],
      ['rejects', true],
      ['throws', true],
    ]);
    // Those that came while a handler was pending had to wait.
    expect(lagging).toEqual(['rejects: true', 'throws: true', 'rejects: false', 'throws: false']);
  });

  test('a thenable is awaited as a promise is', async () => {
    const settlers: (() => void)[] = [];
    const started: string[] = [];
    const dispatcher = new Dispatcher(
      { synchronize: true, maxPendingHandlers: 1, maxPendingBytes: 1000 },
      {
        handle: (given) => {
          started.push(given.text());
          // biome-ignore lint/suspicious/noThenProperty: what handlers of other promise libraries return
          return { then: (resolve: () => void) => settlers.push(resolve) };
        },
        onHandlerError() {},
        onLoad() {},
      },
    );
    dispatcher.push(message('a'));
    dispatcher.push(message('b'));
    dispatcher.push(message('c'));
    await turns(1);
    expect(started).toEqual(['a']);
    // However often it says so.
    for (let i = 0; i < 3; i++) settlers[0]?.();
    await turns(1);
    expect(started).toEqual(['a', 'b']);
  });
});

describe('what waits for nobody', () => {
  test('pings whose handlers do not settle fill a quarter of maxPendingBytes, each with 512 bytes', async () => {
    const { connection, transport, peer } = connect({ maxPendingBytes: 16_384 });
    const handlers = new Handlers();
    connection.onMessage(9, (message) => handlers.handle(message.text()));
    void connection.start();
    for (let i = 0; i < 20 && !transport.isPaused; i++) {
      peer.send([9, `${i}`]);
      await turns(2);
    }
    // 513 or 514 bytes each.
    expect([handlers.started.length, transport.isPaused]).toEqual([8, true]);
    await handlers.finish('0');
    await turns(3);
    expect(transport.isPaused).toBe(false);
  });

  test('messages left to somebody who reads on count 2048 bytes each', async () => {
    const { connection, transport, peer } = connect({ triggerOnStart: true, maxPendingBytes: 16_384 });
    const readers: AsyncGenerator<Uint8Array>[] = [];
    connection.onMessage(2, (message) => void readers.push(message.readIter()));
    void connection.start();
    for (let i = 0; i < 20 && !transport.isPaused; i++) {
      peer.send([2, 'a', false], [0, 'b']);
      await turns(2);
    }
    expect([readers.length, transport.isPaused]).toEqual([2, true]);
    for await (const _ of readers[0]!);
    await turns(3);
    expect(transport.isPaused).toBe(false);
    for await (const _ of readers[1]!);
  });
});

describe('a message that is held', () => {
  function setUp(synchronize = false) {
    const seen: string[] = [];
    const lags: boolean[] = [];
    const settled: boolean[] = [];
    const dispatcher = new Dispatcher(
      { synchronize, maxPendingHandlers: 10, maxPendingBytes: 1000 },
      { handle: (message) => void seen.push(message.text()), onHandlerError() {}, onLoad() {} },
    );
    const message = (text: string): Message => new Message(nodePlatform, 1, 0, bytesOf(text), true);
    const arriving = { settle: (is: boolean) => void settled.push(is), lag: (is: boolean) => void lags.push(is) };
    return { dispatcher, seen, lags, settled, message, arriving };
  }

  test('keeps those behind it waiting, and is handed on in its turn', () => {
    const { dispatcher, seen, lags, settled, message, arriving } = setUp();
    dispatcher.push(message('a'));
    const release = dispatcher.hold(message('b'), arriving);
    dispatcher.push(message('c'));
    const order: string[] = [];
    dispatcher.afterQueued(() => order.push(seen.join('')));
    dispatcher.whenIdle(() => order.push('idle'));
    expect([seen, lags, settled]).toEqual([['a'], [true], []]);
    release(true);
    expect([seen, lags, settled]).toEqual([['a', 'b', 'c'], [true, false], [false]]);
    expect(order).toEqual(['abc', 'idle']);
    expect([dispatcher.unsettled, dispatcher.queuedBytes]).toEqual([0, 0]);
  });

  test('is dropped when it does not arrive, and nobody waits for it any more', () => {
    const { dispatcher, seen, lags, settled, message, arriving } = setUp();
    const release = dispatcher.hold(message('a'), arriving);
    let isSettled = false;
    dispatcher.whenSettled(() => {
      isSettled = true;
    });
    release(false);
    dispatcher.push(message('b'));
    expect([seen, lags, settled, isSettled]).toEqual([['b'], [true, false], [], true]);
    expect(dispatcher.queuedBytes).toBe(0);
  });

  test('what is to be done behind the queue is done at once when there is none', () => {
    const { dispatcher } = setUp();
    let isDone = false;
    dispatcher.afterQueued(() => {
      isDone = true;
    });
    expect(isDone).toBe(true);
  });
});

test('one at a time, and as the options say again', async () => {
  const handlers = new Handlers();
  const dispatcher = new Dispatcher(
    { synchronize: false, maxPendingHandlers: 10, maxPendingBytes: 100_000 },
    { handle: (message) => handlers.handle(message.text()), onHandlerError() {}, onLoad() {} },
  );
  const push = (text: string): void => dispatcher.push(new Message(nodePlatform, 1, 0, bytesOf(text), true));
  for (const text of ['a', 'b']) push(text);
  dispatcher.setOneAtATime(true);
  for (const text of ['c', 'd', 'e']) push(text);
  expect(handlers.started).toEqual(['a', 'b']);
  await handlers.finish('a');
  expect(handlers.started).toEqual(['a', 'b']);
  await handlers.finish('b');
  expect(handlers.started).toEqual(['a', 'b', 'c']);
  dispatcher.setOneAtATime(false);
  expect(handlers.started).toEqual(['a', 'b', 'c', 'd', 'e']);
});
