import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type Connection,
  Connection as ConnectionClass,
  createTransportPair,
  dial,
  HandshakeError,
  MessageType,
  nodePlatform,
  type Opened,
  resolveOptions,
  type Server,
  Status,
  serve,
  type Transport,
} from '@webson/connection';
import type * as internalModule from '@webson/connection/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pool, type PoolOptions, type RedialEvent } from '../src/index.js';

// What a page has, and Node has not: whoever wants to know that its network is back.
const reachable = vi.hoisted(() => new Set<() => void>());
const networkIsBack = (): void => {
  for (const action of [...reachable]) action();
};

// Connections take the timers of the run-time when they are loaded; here the clock can be moved.
vi.mock('@webson/connection/internal', async (load) => {
  const real = await load<typeof internalModule>();
  return {
    ...real,
    platform: {
      ...real.platform,
      whenReachable(action: () => void) {
        reachable.add(action);
        return () => reachable.delete(action);
      },
    },
    now: () => performance.now(),
    after(delay: number, action: () => void) {
      const timer = setTimeout(action, delay);
      return { cancel: () => clearTimeout(timer) };
    },
    // No handler is pending here: a connection that has ended did so just now.
    pooled(connection: Connection) {
      const inPool = real.pooled(connection);
      return new Proxy(inPool, {
        get(_target, name) {
          const value = Reflect.get(inPool, name);
          if (name === 'ending') return value && { ...value, time: performance.now() };
          return typeof value === 'function' ? value.bind(inPool) : value;
        },
      });
    },
  };
});

const turns = async (count = 5): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

describe('on a clock of its own', () => {
  let far: Transport;
  let outcomes: (() => Promise<Opened>)[];
  let dialled: number;
  let current: Pool;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    outcomes = [];
    dialled = 0;
  });

  afterEach(() => {
    void current.close();
    far.destroy();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const open = async (): Promise<Opened> => {
    const [near, other] = createTransportPair();
    far = other;
    far.start({ onData: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
    return { transport: near, negotiated: { protocol: '', extensions: [] } };
  };
  const refused = (): Promise<Opened> => Promise.reject(new HandshakeError('CONNECT_FAILED', 'nobody there'));

  async function client(): Promise<Connection> {
    return new ConnectionClass({
      ...(await open()),
      platform: nodePlatform,
      settings: resolveOptions({ pingInterval: 0 }),
      isClient: true,
      redial: () => {
        dialled++;
        return (outcomes.shift() ?? open)();
      },
    });
  }

  async function member(
    options: PoolOptions,
    ...before: Connection[]
  ): Promise<{ pool: Pool; connection: Connection; steps: string[] }> {
    const connection = await client();
    const pool = new Pool(options);
    current = pool;
    for (const other of before) pool.add(other);
    const steps: string[] = [];
    pool.onRedial((event: RedialEvent) => {
      steps.push(`${event.step} ${event.attempt}${event.step === 'wait' ? ` ${event.delay}` : ''}`);
    });
    pool.add(connection, { name: 'it', group: 'g' });
    return { pool, connection, steps };
  }

  test('counts, waits longer each time, gives up, and says so', async () => {
    const { pool, steps } = await member({ clientRetry: 3, retryInterval: 100, maxRetryInterval: 300 });
    outcomes = [refused, refused, refused];
    far.destroy();
    await turns();
    expect(steps).toEqual(['wait 1 50']);
    expect(pool.size).toBe(1);
    await vi.advanceTimersByTimeAsync(49);
    expect(dialled).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(dialled).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    await vi.advanceTimersByTimeAsync(150);
    expect(steps).toEqual(['wait 1 50', 'dial 1', 'wait 2 100', 'dial 2', 'wait 3 150', 'dial 3', 'giveUp 3']);
    expect(pool.size).toBe(0);
    await pool.wait();
  });

  test('a wait ends at once when the network is back, and those that follow grow anew', async () => {
    const { steps } = await member({ clientRetry: 9, retryInterval: 1000 });
    expect(reachable.size).toBe(0);
    outcomes = Array(5).fill(refused);
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(1000);
    expect(steps.splice(0)).toEqual(['wait 1 500', 'dial 1', 'wait 2 1000', 'dial 2', 'wait 3 2000']);
    networkIsBack();
    await turns();
    expect(steps.splice(0)).toEqual(['dial 3', 'wait 4 500']);
    // The timer of the wait that was cut short is gone.
    await vi.advanceTimersByTimeAsync(499);
    expect(steps).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(steps.splice(0)).toEqual(['dial 4', 'wait 5 1000', 'dial 5', 'wait 6 2000']);
    networkIsBack();
    await turns();
    expect(steps).toEqual(['dial 6', 'ready 6']);
    expect(reachable.size).toBe(0);
    networkIsBack();
    expect(dialled).toBe(6);
  });

  test('however often the platform says so, a wait is cut short once a second, and no attempt is wasted', async () => {
    const { pool, steps } = await member({ clientRetry: 5, retryInterval: 100_000 });
    outcomes = Array(5).fill(refused);
    far.destroy();
    await turns();
    const manyEvents = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        networkIsBack();
        await turns(1);
      }
    };
    await manyEvents();
    expect(steps.splice(0)).toEqual(['wait 1 15000', 'dial 1', 'wait 2 15000']);
    await vi.advanceTimersByTimeAsync(999);
    await manyEvents();
    expect(dialled).toBe(1);
    // The last of them is heeded all the same.
    await vi.advanceTimersByTimeAsync(1);
    expect(steps).toEqual(['dial 2', 'wait 3 15000']);
    await manyEvents();
    expect(dialled).toBe(2);
    await pool.close();
    networkIsBack();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(dialled).toBe(2);
  });

  test('a wait that ends before is not made longer', async () => {
    const { pool, steps } = await member({ clientRetry: 5, retryInterval: 200 });
    outcomes = Array(5).fill(refused);
    far.destroy();
    await turns();
    networkIsBack();
    await turns();
    networkIsBack();
    await vi.advanceTimersByTimeAsync(100);
    expect(steps).toEqual(['wait 1 100', 'dial 1', 'wait 2 100', 'dial 2', 'wait 3 100']);
    await pool.close();
  });

  test('while it is dialled, a network that is back makes the next wait short, and no second attempt', async () => {
    const { pool, steps } = await member({ clientRetry: 9, retryInterval: 1000 });
    let fail = (): void => {};
    outcomes = [
      refused,
      () => new Promise((_resolve, reject) => (fail = () => reject(new HandshakeError('CONNECT_FAILED', 'gone')))),
    ];
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(1000);
    networkIsBack();
    expect(dialled).toBe(2);
    fail();
    await turns();
    expect(steps).toEqual(['wait 1 500', 'dial 1', 'wait 2 1000', 'dial 2', 'wait 3 500']);
    expect(reachable.size).toBe(1);
    await pool.close();
    expect(reachable.size).toBe(0);
  });

  test('a network that is back does not shorten what a server has asked for', async () => {
    const { pool, steps } = await member({ clientRetry: 9, retryInterval: 1000 });
    const headers = { get: () => '7' } as unknown as NonNullable<HandshakeError['headers']>;
    outcomes = [() => Promise.reject(new HandshakeError('REFUSED', 'later', { status: 503, headers }))];
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(500);
    networkIsBack();
    await turns();
    expect(steps).toEqual(['wait 1 500', 'dial 1', 'wait 2 8000']);
    expect(dialled).toBe(1);
    await pool.close();
  });

  test('one that is ready again begins anew, with the same name, group and handlers', async () => {
    const { pool, connection, steps } = await member({ clientRetry: 2, retryInterval: 100, minUptime: 0 });
    const statuses: Status[] = [];
    pool.onStatus((status) => statuses.push(status));
    for (let life = 0; life < 3; life++) {
      outcomes = [refused];
      far.destroy();
      await turns();
      await vi.advanceTimersByTimeAsync(50);
      await vi.advanceTimersByTimeAsync(100);
      await turns();
    }
    expect(steps).toEqual(Array(3).fill(['wait 1 50', 'dial 1', 'wait 2 100', 'dial 2', 'ready 2']).flat());
    expect(statuses).toEqual(Array(3).fill([Status.Closed, Status.Ready]).flat());
    expect([connection.name, connection.group, pool.size, pool.toGroup('g', 1, 'x')]).toEqual(['it', 'g', 1, 1]);
  });

  test('nothing is sent into what waits, is dialled, or has not been taken back', async () => {
    const { pool, connection } = await member({ clientRetry: 1, retryInterval: 100 });
    const dispatch = vi.spyOn(connection, 'dispatch');
    let arrive = (_opened: Opened): void => {};
    outcomes = [() => new Promise((resolve) => (arrive = resolve))];
    far.destroy();
    await turns();
    expect([pool.dispatch(1, 'x'), pool.toPick('it', 1, 'x'), pool.dispatch(9, '')]).toEqual([0, false, 0]);
    await vi.advanceTimersByTimeAsync(50);
    expect(dialled).toBe(1);
    expect([pool.dispatch(1, 'x'), pool.toGroup('g', 1, 'x')]).toEqual([0, 0]);
    arrive(await open());
    await turns();
    expect(pool.dispatch(1, 'x')).toBe(1);
    expect(dispatch).not.toHaveBeenCalled();
  });

  test.each([1000, 1001, 1012, 1013, 4000])('closed by this side with %s: not dialled again', async (code) => {
    const { pool, connection, steps } = await member({ clientRetry: 1, retryInterval: 100 });
    connection.close(code);
    await turns();
    far.destroy();
    await turns();
    expect([steps.length, pool.size]).toEqual([0, 0]);
  });

  test('terminated by this side: not dialled again', async () => {
    const { pool, connection, steps } = await member({ clientRetry: 1, retryInterval: 100 });
    connection.terminate();
    await turns();
    expect([steps.length, pool.size]).toEqual([0, 0]);
  });

  test('closed by the pool because it was too slow: dialled again', async () => {
    const { pool, steps } = await member({
      clientRetry: 1,
      retryInterval: 100,
      slowConsumer: 'close',
      highWaterMark: 1,
    });
    while (pool.dispatch(2, new Uint8Array(1 << 20)) === 1);
    await turns();
    far.destroy();
    await turns();
    expect([steps.length, pool.size]).toEqual([1, 1]);
  });

  test.each([
    ['cast out', (pool: Pool) => pool.castOutByName('it')],
    ['closed with its pool', (pool: Pool) => void pool.close()],
    ['drained with its pool', (pool: Pool) => void pool.drain()],
  ])('%s while it waits: not dialled', async (_name, leave) => {
    const { pool } = await member({ clientRetry: 5, retryInterval: 100 });
    far.destroy();
    await turns();
    leave(pool);
    expect(pool.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(dialled).toBe(0);
  });

  test('closed with its pool while it is dialled: what comes of that is destroyed', async () => {
    const { pool, connection } = await member({ clientRetry: 5, retryInterval: 100 });
    let arrive = (_opened: Opened): void => {};
    outcomes = [() => new Promise((resolve) => (arrive = resolve))];
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    await pool.close();
    const late = await open();
    const destroy = vi.spyOn(late.transport, 'destroy');
    arrive(late);
    await turns();
    expect(destroy).toHaveBeenCalled();
    expect(connection.status).toBe(Status.Closed);
  });

  test('an error that will not go away ends it at once', async () => {
    const { pool, steps } = await member({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 100 });
    outcomes = [() => Promise.reject(new Error('the signal has aborted'))];
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    expect(steps).toEqual(['wait 1 50', 'dial 1', 'giveUp 1']);
    expect(pool.size).toBe(0);
  });

  describe('closed by this side when there is nothing to close: not wanted back', () => {
    const broken = async (
      prepare: (pool: Pool, connection: Connection) => void = () => {},
    ): Promise<Awaited<ReturnType<typeof member>>> => {
      const all = await member({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 100 });
      prepare(all.pool, all.connection);
      far.destroy();
      await turns();
      return all;
    };
    const expectGone = async (pool: Pool, connection: Connection, dials: number): Promise<void> => {
      await pool.wait();
      expect([pool.size, connection.name]).toEqual([0, '']);
      await vi.advanceTimersByTimeAsync(100_000);
      expect([dialled, connection.status]).toEqual([dials, Status.Closed]);
    };

    test.each([[1000], [4000]])('while it waits, with %d', async (code) => {
      const { pool, connection, steps } = await broken();
      connection.close(code, 'enough');
      expect(steps).toEqual(['wait 1 50', 'giveUp 1']);
      await expectGone(pool, connection, 0);
      expect(() => connection.close(1006)).toThrow(RangeError);
    });

    test('while it is dialled', async () => {
      const { pool, connection, steps } = await broken();
      outcomes = [() => new Promise(() => {})];
      await vi.advanceTimersByTimeAsync(50);
      connection.close();
      expect(steps).toEqual(['wait 1 50', 'dial 1', 'giveUp 1']);
      await expectGone(pool, connection, 1);
    });

    test.each([
      ['connection', 0],
      ['connection', 1],
      ['pool', 0],
      ['pool', 1],
    ])('when what was dialled has just come; closed: the %s, after %d steps', async (what, steps) => {
      const { pool, connection } = await broken();
      const late = await open();
      const destroy = vi.spyOn(late.transport, 'destroy');
      let arrive = (_opened: Opened): void => {};
      outcomes = [() => new Promise((resolve) => (arrive = resolve))];
      await vi.advanceTimersByTimeAsync(50);
      arrive(late);
      // The dial has won the race, and `restart` has not gone on.
      for (let i = 0; i < steps; i++) await Promise.resolve();
      if (what === 'pool') void pool.close();
      else connection.close();
      await turns();
      expect(destroy).toHaveBeenCalled();
      await expectGone(pool, connection, 1);
    });

    const inHandlers: [string, (pool: Pool, connection: Connection) => void][] = [
      ['the connection’s, for Closed', (_, c) => void c.onStatus(Status.Closed, (_previous, a) => a.close())],
      ['the pool’s, for Closed', (pool) => void pool.onStatus((s, a) => s === Status.Closed && a.close(4000))],
      [
        'the pool’s, for Closed, a turn later',
        (pool) =>
          void pool.onStatus(async (status, a) => {
            await Promise.resolve();
            if (status === Status.Closed) a.close();
          }),
      ],
      ['one that was applied after the pool’s', (_, c) => void c.apply({ name: 'x', onStatus: (_s, a) => a.close() })],
      ['the pool’s, for the wait', (pool) => void pool.onRedial(({ step }, a) => step === 'wait' && a.close())],
    ];
    test.each(inHandlers)('in a handler: %s', async (_name, prepare) => {
      const { pool, connection } = await broken(prepare);
      await expectGone(pool, connection, 0);
    });

    test('in a handler: the pool’s, for the dialling', async () => {
      const { pool, connection } = await broken((pool) => {
        pool.onRedial(({ step }, a) => step === 'dial' && a.close());
      });
      await vi.advanceTimersByTimeAsync(50);
      await expectGone(pool, connection, 0);
    });

    test.each([
      ['the pool’s, for Ready', (pool: Pool) => void pool.onStatus((s, a) => s === Status.Ready && a.close())],
      ['the pool’s, for the step', (pool: Pool) => void pool.onRedial(({ step }, a) => step === 'ready' && a.close())],
    ])('in a handler: %s, in the next life', async (_name, prepare) => {
      const { pool, connection } = await broken((pool) => prepare(pool));
      await vi.advanceTimersByTimeAsync(50);
      await turns();
      far.destroy();
      await turns();
      await expectGone(pool, connection, 1);
    });

    test('after the server has closed it, before it is told', async () => {
      const { pool, connection } = await member({ clientRetry: 5, retryInterval: 100 });
      let settle = (): void => {};
      connection.onMessage(MessageType.Close, (_message, a) => {
        a.close();
        return new Promise<void>((resolve) => (settle = resolve));
      });
      far.write([Uint8Array.of(0x88, 2, 3, 0xe8)]);
      await turns();
      settle();
      far.destroy();
      await turns();
      await expectGone(pool, connection, 0);
    });

    test('closed when the peer has closed it, and before it has ended', async () => {
      const { pool, connection } = await member({ clientRetry: 5, retryInterval: 100 });
      connection.onMessage(8, (_message, adapter) => adapter.close(4000));
      far.write([Uint8Array.of(0x88, 2, 3, 0xe9)]);
      await turns();
      far.destroy();
      await turns();
      await expectGone(pool, connection, 0);
    });
  });

  test('one that lives on after a drain that was given up is dialled again when it breaks later', async () => {
    const closing = await client();
    const { pool, connection, steps } = await member({ clientRetry: 5, retryInterval: 100, minUptime: 0 }, closing);
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    await turns();
    const abort = new AbortController();
    const drained = pool.drain({ batch: 1, interval: 60_000, signal: abort.signal });
    abort.abort(new Error('never mind'));
    await expect(drained).rejects.toThrow('never mind');
    expect(connection.status).toBe(Status.Ready);
    steps.length = 0;
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    expect(steps).toEqual(['wait 1 50', 'dial 1', 'ready 1']);
  });

  test('the wait grows, and the attempts end, with a server that takes it in and closes at once', async () => {
    const { pool, steps } = await member({ clientRetry: 3, retryInterval: 100, minUptime: 1000 });
    for (let life = 0; life < 4; life++) {
      far.destroy();
      await turns();
      await vi.advanceTimersByTimeAsync(400);
      await turns();
    }
    expect(steps).toEqual([
      ...['wait 1 50', 'dial 1', 'ready 1'],
      ...['wait 2 100', 'dial 2', 'ready 2'],
      ...['wait 3 200', 'dial 3', 'ready 3'],
      'giveUp 3',
    ]);
    expect([pool.size, dialled]).toEqual([0, 3]);
  });

  test('minUptime is measured from ready to the end of the transport, not from a pong', async () => {
    const { steps, connection } = await member({ clientRetry: 5, retryInterval: 100, minUptime: 1000 });
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    await turns();
    await vi.advanceTimersByTimeAsync(600);
    connection.refreshPongTime();
    await vi.advanceTimersByTimeAsync(400);
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    expect(steps.slice(3)).toEqual(['wait 1 50', 'dial 1', 'ready 1']);
  });

  describe('a server that refuses', () => {
    const answer = (status: number, retryAfter?: string) => (): Promise<Opened> => {
      // Of the header fields nothing but this is looked at.
      const headers = { get: () => retryAfter } as unknown as NonNullable<HandshakeError['headers']>;
      return Promise.reject(new HandshakeError('REFUSED', 'no', { status, headers }));
    };
    const stepsAfter = async (options: PoolOptions, outcome: () => Promise<Opened>): Promise<string[]> => {
      const { steps } = await member({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 100, ...options });
      outcomes = [outcome];
      far.destroy();
      await turns();
      await vi.advanceTimersByTimeAsync(50);
      const seen = steps.slice(2);
      await current.close();
      return seen;
    };

    test.each([[400], [401], [403], [404], [426], [499]])('with %d: given up at once', async (status) => {
      expect(await stepsAfter({}, answer(status))).toEqual(['giveUp 1']);
    });

    test.each([[302], [408], [425], [429], [500], [503]])('with %d: tried again', async (status) => {
      expect(await stepsAfter({}, answer(status))).toEqual(['wait 2 100']);
    });

    test('as retryOn has it, which is asked about nothing but handshakes', async () => {
      const asked: Error[] = [];
      const retryOn = (error: Error): boolean => {
        asked.push(error);
        return (error as HandshakeError).status === 401;
      };
      expect(await stepsAfter({ retryOn }, answer(401))).toEqual(['wait 2 100']);
      expect(await stepsAfter({ retryOn }, answer(503))).toEqual(['giveUp 1']);
      expect(await stepsAfter({ retryOn }, () => Promise.reject(new Error('aborted')))).toEqual(['giveUp 1']);
      expect(asked.map((error) => (error as HandshakeError).status)).toEqual([401, 503]);
    });

    test('retryOn that throws, or says anything but true: given up', async () => {
      const throwing = (): boolean => {
        throw new Error('mine');
      };
      const promising = (() => Promise.resolve(true)) as unknown as () => boolean;
      for (const retryOn of [throwing, promising]) {
        expect(await stepsAfter({ retryOn }, answer(503))).toEqual(['giveUp 1']);
      }
    });

    test('Retry-After: the wait is not shorter, nor longer than maxRetryInterval', async () => {
      expect(await stepsAfter({}, answer(503, '7'))).toEqual(['wait 2 7100']);
      expect(await stepsAfter({}, answer(429, '3600'))).toEqual(['wait 2 30000']);
      expect(await stepsAfter({ maxRetryInterval: 120 }, answer(503, '9'.repeat(400)))).toEqual(['wait 2 120']);
    });
  });

  test('however short the intervals, attempts without an end do not keep anybody busy', async () => {
    const { steps } = await member({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: 0, maxRetryInterval: 0 });
    outcomes = Array(100).fill(refused);
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(2000);
    // The first at once, then 10 ms more for each, up to 100.
    expect(steps.filter((step) => step.startsWith('wait')).slice(0, 4)).toEqual([
      'wait 1 0',
      'wait 2 10',
      'wait 3 20',
      'wait 4 30',
    ]);
    expect(dialled).toBeLessThan(30);
  });

  test('a handler of steps that throws harms nobody', async () => {
    const { pool } = await member({ clientRetry: 1, retryInterval: 100 });
    pool.onRedial(() => {
      throw new Error('handler');
    });
    far.destroy();
    await turns();
    await vi.advanceTimersByTimeAsync(50);
    await turns();
    expect(pool.dispatch(1, 'x')).toBe(1);
  });
});

/** A server in another process, that can be killed. */
class Process {
  readonly came: number[] = [];
  readonly port: Promise<number>;
  readonly #process;
  readonly #lines: Interface;

  constructor(port = 0) {
    const file = fileURLToPath(new URL('./support/restartable-server.mjs', import.meta.url));
    this.#process = spawn(process.execPath, [file, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout });
    this.port = new Promise((resolve) => {
      this.#lines.on('line', (line) => {
        const [what, value] = line.split(' ');
        if (what === 'port') resolve(Number(value));
        else this.came.push(Number(value));
      });
    });
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await gone;
  }
}

test('a server is killed and started anew: all 200 clients come back, spread out, once each, handlers intact', async () => {
  const COUNT = 200;
  const INTERVAL = 1000;
  const pool = new Pool({ clientRetry: Number.POSITIVE_INFINITY, retryInterval: INTERVAL, maxRetryInterval: 1500 });
  let current = new Process();
  const echoes: string[] = [];
  const lives = new Map<string, number>();
  let ready = 0;
  let onReady = (): void => {};
  const allReady = (): Promise<void> => new Promise((resolve) => (onReady = resolve));
  try {
    const port = await current.port;
    pool.onStatus((status, { name }) => {
      if (status !== Status.Ready) return;
      lives.set(name, (lives.get(name) ?? 0) + 1);
      if (++ready === COUNT) onReady();
    });
    const delays: number[] = [];
    const first: number[] = [];
    pool.onRedial((event) => {
      if (event.step !== 'wait') return;
      delays.push(event.delay);
      if (event.attempt === 1) first.push(event.delay);
    });
    for (let i = 0; i < COUNT; i++) {
      const client = await dial(`ws://127.0.0.1:${port}`);
      client.onMessage(MessageType.Text, (message, { name }) => echoes.push(`${name}: ${message.text()}`));
      pool.add(client, { name: `c${i}`, group: 'all' });
    }
    expect(pool.toGroup('all', MessageType.Text, 'before')).toBe(COUNT);
    ready = 0;
    const back = allReady();
    await current.kill();
    current = new Process(port);
    await back;

    expect(pool.size).toBe(COUNT);
    expect([...lives.values()]).toEqual(Array(COUNT).fill(2));
    // No delay is longer than the back-off allows, and they are all over the first interval.
    expect(Math.max(...delays)).toBeLessThanOrEqual(1500);
    expect(first).toHaveLength(COUNT);
    const tenths = new Set(first.map((delay) => Math.floor((delay / INTERVAL) * 10)));
    expect(tenths.size).toBe(10);
    echoes.length = 0;
    expect(pool.toGroup('all', MessageType.Text, 'after')).toBe(COUNT);
    while (echoes.length < COUNT) await new Promise(setImmediate);
    expect(new Set(echoes).size).toBe(COUNT);
    expect(echoes.every((echo) => echo.endsWith(': echo after'))).toBe(true);
    expect(current.came).toHaveLength(COUNT);
    // Not in one burst.
    const came = current.came.toSorted((x, y) => x - y);
    expect(came.at(-1)! - came[0]!).toBeGreaterThan(INTERVAL / 4);
  } finally {
    await pool.close();
    await current.kill();
  }
});

test('one whose server went before it was added is dialled again, as one whose server goes after', async () => {
  const server = await serve({ host: '127.0.0.1' }, () => {});
  const pool = new Pool({ clientRetry: 5, retryInterval: 10, minUptime: 0 });
  const client = await dial(server.url);
  while (server.connections.size === 0) await turns(1);
  for (const connection of server.connections) connection.close(1012);
  while (client.status !== Status.Closed) await turns(1);
  const back = new Promise((resolve) => pool.onRedial(({ step }) => step === 'ready' && resolve(undefined)));
  pool.add(client, { name: 'it' });
  await back;
  expect([client.status, pool.size, server.connections.size]).toEqual([Status.Ready, 1, 1]);
  client.close();
  await pool.wait();
  await server.close();
});

describe('what was not sent', () => {
  let server: Server;
  afterEach(() => server.close());

  test('is reported when the connection breaks, as it was given, and counted in CloseInfo', async () => {
    let accepted: Connection | undefined;
    const timeout = { close: 200 };
    // It reads no more than that ahead of its handlers, even when it closes.
    const bounds = { maxMessageSize: 1024 * 1024, maxPendingBytes: 1024 * 1024 };
    server = await serve({ host: '127.0.0.1', timeout, ...bounds }, (ws) => {
      accepted = ws;
    });
    const client = await dial(server.url, { timeout });
    void client.start();
    while (accepted?.status !== Status.Ready) await turns(1);
    const pool = new Pool({ highWaterMark: 64 * 1024 * 1024 });
    const lost: { payload: number; mayBeSent: boolean; reason: string }[] = [];
    pool.onUndelivered(({ type, payload, mayBeSent, reason }, { name }) => {
      expect([type, name]).toEqual([2, 'it']);
      lost.push({ payload: (payload as Uint8Array)[0]!, mayBeSent, reason });
    });
    pool.add(client, { name: 'it' });
    const ended = new Promise((resolve) => pool.onStatus((status) => status === Status.Closed && resolve(undefined)));
    // The server reads no more.
    accepted.onMessage(2, () => new Promise(() => {}));
    const COUNT = 250;
    const bytes = new Uint8Array(150_000);
    for (let i = 0; i < COUNT; i++) {
      bytes[0] = i;
      expect(pool.dispatch(2, bytes)).toBe(1);
      if (i % 10 === 0) await turns(1);
    }
    client.close(4000);
    bytes[0] = 255;
    await server.close();
    await ended;
    await turns();
    // A run without a gap, the last first to be lost.
    const numbers = lost.map(({ payload }) => payload);
    const first = numbers[0]!;
    expect(first).toBeGreaterThan(0);
    expect(numbers).toEqual(Array.from({ length: COUNT - first }, (_, i) => first + i));
    expect(new Set(lost.map(({ reason }) => reason))).toEqual(new Set(['broken']));
    // What the transport was given comes before what it was not; how much that is, is for the system to say.
    const given = lost.filter(({ mayBeSent }) => mayBeSent).length;
    expect(lost.slice(0, given).every(({ mayBeSent }) => mayBeSent)).toBe(true);
  });
});
