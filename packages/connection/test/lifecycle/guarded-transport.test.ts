import { describe, expect, test } from 'vitest';
import { Connection, pooled } from '../../src/connection.js';
import { GuardedTransport } from '../../src/lifecycle/guarded-transport.js';
import { createTransportPair } from '../../src/memory-transport.js';
import { nodePlatform } from '../../src/node/platform.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { Status } from '../../src/status.js';
import type { Transport, TransportSink } from '../../src/transport.js';
import { cleanUpConnections, connect, RawPeer } from '../support/connections.js';
import { hostileValues } from '../support/hostile-values.js';
import { turns } from '../support/turns.js';

cleanUpConnections();

type Method = Exclude<keyof Transport, 'bytesTaken' | 'bytesReceived' | 'watch'>;

const METHODS: readonly Method[] = ['start', 'write', 'pause', 'resume', 'end', 'destroy'];

/** A transport of which some methods throw; the others do what they should. */
class Brittle implements Transport {
  readonly #transport: Transport;
  readonly #methods: readonly Method[];
  readonly #thrown: unknown;
  /** It rejects with what it would throw. */
  isLate = false;

  constructor(transport: Transport, methods: readonly Method[], thrown: unknown = new Error('broken')) {
    this.#transport = transport;
    this.#methods = methods;
    this.#thrown = thrown;
  }

  // What is not to be called, as what it returns.
  #fault(method: Method): Promise<never> | undefined {
    if (!this.#methods.includes(method)) return undefined;
    if (this.isLate) return Promise.reject(this.#thrown);
    throw this.#thrown;
  }

  start(sink: TransportSink): unknown {
    return this.#fault('start') ?? this.#transport.start(sink);
  }

  write(parts: readonly Uint8Array[]): boolean {
    return (this.#fault('write') as unknown as boolean) ?? this.#transport.write(parts);
  }

  pause(): unknown {
    return this.#fault('pause') ?? this.#transport.pause();
  }

  resume(): unknown {
    return this.#fault('resume') ?? this.#transport.resume();
  }

  end(): unknown {
    return this.#fault('end') ?? this.#transport.end();
  }

  destroy(error?: Error): unknown {
    return this.#fault('destroy') ?? this.#transport.destroy(error);
  }
}

interface Broken {
  connection: Connection;
  transport: Brittle;
  peer: RawPeer;
}

function broken(
  methods: readonly Method[],
  options: ConnectionOptions = {},
  isClient = false,
  thrown?: unknown,
): Broken {
  const [near, far] = createTransportPair();
  const transport = new Brittle(near, methods, thrown);
  const connection = new Connection({
    platform: nodePlatform,
    transport,
    negotiated: { protocol: '', extensions: [] },
    settings: resolveOptions({ pingInterval: 0, ...options }),
    isClient,
  });
  return { connection, transport, peer: new RawPeer(far, isClient) };
}

/** What makes a connection call a method of its transport. */
const PROVOCATIONS: Record<Method, (broken: Broken) => void> = {
  start: () => {},
  write: ({ connection }) => void connection.dispatch(1, 'x'),
  pause: ({ peer }) => peer.send([1, 'one'], [1, 'two']),
  resume: ({ peer }) => peer.send([1, 'one'], [1, 'two']),
  end: ({ peer }) => peer.transport.end(),
  destroy: ({ connection }) => pooled(connection).terminate(),
};

describe.each(METHODS)('a transport that throws in %s', (method) => {
  test.each([
    ['alone', [method], false],
    ['and in destroy', [method, 'destroy'], false],
    ['as a promise that rejects', [method], true],
    ['as promises, and in destroy', [method, 'destroy'], true],
  ] as const)('%s: the error is in CloseInfo, and all others of that turn go on', async (_how, methods, isLate) => {
    const before = connect();
    const after = connect();
    const it = broken(methods, { synchronize: true, maxPendingBytes: 1 }, method === 'end');
    it.transport.isLate = isLate;
    it.connection.onMessage(1, () => turns(1));
    void before.connection.start();
    const ended = it.connection.start();
    void after.connection.start();
    before.connection.dispatch(1, 'before');
    PROVOCATIONS[method](it);
    after.connection.dispatch(1, 'after');
    const info = await ended;
    // An error of `destroy` is not what has ended the connection.
    const thrown = { message: 'broken' };
    const error = method === 'destroy' ? { code: 'TERMINATED', cause: thrown } : thrown;
    expect(info).toMatchObject({ code: 1006, wasClean: false, error });
    expect(it.connection.status).toBe(Status.Closed);
    await expect(it.connection.drained()).rejects.toMatchObject({ code: 'CLOSED' });
    for (const { connection, peer } of [before, after]) {
      connection.dispatch(1, 'more');
      await peer.received(2);
    }
    expect([before.peer.seen[0], after.peer.seen[0]]).toEqual(['1 before', '1 after']);
  });
});

test('it is told of once, whatever the transport still says', () => {
  const told: unknown[] = [];
  let sink: TransportSink | undefined;
  const [transport] = createTransportPair();
  const guarded = new GuardedTransport({
    start: (given) => {
      sink = given;
      throw new Error('no');
    },
    write: (parts) => transport.write(parts),
    pause() {},
    resume() {},
    end() {},
    destroy: () => sink?.onClose(),
  });
  guarded.start({ onData() {}, onDrain() {}, onEnd() {}, onClose: (error) => told.push(error) });
  expect(guarded.fault).toMatchObject({ message: 'no' });
  expect(guarded.write([])).toBe(false);
});

test.each(hostileValues)('what is thrown is %s', async (_name, create) => {
  const { connection } = broken(['write'], {}, true, create());
  const ended = connection.start();
  connection.dispatch(1, 'x');
  const { error } = await ended;
  expect(error).toBeDefined();
});

test('thrown in the middle of a write, with messages that wait: those who wait are told', async () => {
  const { connection } = broken(['write'], { highWaterMark: 10 });
  const ended = connection.start();
  expect(connection.dispatch(2, new Uint8Array(100_000))).toBe(false);
  const drained = connection.drained();
  await expect(drained).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(ended).resolves.toMatchObject({ error: { message: 'broken' }, unsent: { messages: 1 } });
});

test.each(['start', 'write', 'destroy'] as const)('closed before it was started, and %s throws', async (method) => {
  const { connection } = broken([method]);
  const closed = new Promise((resolve) => connection.onStatus(Status.Closed, resolve));
  connection.close();
  pooled(connection).terminate();
  await closed;
  expect(connection.status).toBe(Status.Closed);
});

test('ended before it was started, and destroy throws', () => {
  const { connection } = broken(['destroy']);
  expect(() => pooled(connection).terminate()).not.toThrow();
});

test('the end of the transport comes behind the last piece of a large write', () => {
  const calls: string[] = [];
  const transport = new GuardedTransport({
    start() {},
    write(parts) {
      calls.push(`write ${parts.reduce((sum, { length }) => sum + length, 0)}`);
      return false;
    },
    pause() {},
    resume() {},
    end: () => void calls.push('end'),
    destroy() {},
  });
  expect(transport.write([new Uint8Array(600_000)])).toBe(false);
  transport.end();
  expect(calls).toEqual(['write 262144']);
  expect(transport.writeOn()).toBe(true);
  expect(transport.writeOn()).toBe(true);
  expect(transport.writeOn()).toBe(false);
  expect(calls).toEqual(['write 262144', 'write 262144', 'write 75712', 'end']);
  transport.end();
  expect(calls.at(-1)).toBe('end');
});
