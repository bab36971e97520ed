import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Connection, HandshakeError, Status, takeOver } from '@webson/connection';
import { pooled, useClock } from '@webson/connection/internal';
import { FakeClock } from '@webson/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DialTargetSource, Pool, type PoolOptions } from '../src/index.js';

// `Pool.dial` against a server that decides about each attempt.

type Answer = number | 'accept' | 'hang' | 'reset' | ((ws: Connection) => void);

let url: string;
let answers: Answer[];
let requests: IncomingMessage[];
let accepted: Connection[];
let pool: Pool;
let close: () => Promise<void>;

beforeEach(async () => {
  answers = [];
  requests = [];
  accepted = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    requests.push(request);
    const answer = answers.shift() ?? 'accept';
    if (answer === 'hang') return;
    if (answer === 'reset') socket.destroy();
    else if (typeof answer === 'number') socket.end(`HTTP/1.1 ${answer} No\r\nContent-Length: 0\r\n\r\n`);
    else void accept(request, socket, head, answer === 'accept' ? () => {} : answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    while (sockets.size > 0) await turn();
  };
});

afterEach(async () => {
  await pool.close();
  await close();
});

async function accept(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  setUp: (ws: Connection) => void,
): Promise<void> {
  const ws = await takeOver(request, socket, head);
  accepted.push(ws);
  // What it sends leaves together with the answer to the handshake, or right behind it.
  ws.onReady(() => setUp(ws));
  void ws.start();
}

/** A pool that does not wait long, and the steps of its dialling. */
function poolOf(options: PoolOptions = {}): string[] {
  pool = new Pool({ retryInterval: 1, maxRetryInterval: 2, ...options });
  const steps: string[] = [];
  pool.onRedial(({ step, attempt }, { name }) => steps.push(`${name} ${step} ${attempt}`));
  return steps;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a target', () => {
  test.each<[string, () => DialTargetSource]>([
    ['a string', () => url],
    ['a URL', () => new URL(url)],
    ['a URL with options', () => ({ url, options: { extraHeaders: { 'X-Own': 'yes' } } })],
    ['a function', () => () => url],
    ['a function that returns a promise', () => async () => ({ url: new URL(url) })],
  ])('%s: ready, a member, and messages can be sent at once', async (_name, target) => {
    poolOf();
    const echo = new Promise((resolve) => {
      answers.push((ws) => ws.onMessage(1, (message) => resolve(message.text())));
    });
    const connection = await pool.dial(
      target(),
      { extraHeaders: { 'X-Given': 'yes' } },
      { name: 'it', group: ['a', 'b'] },
    );
    expect([connection.status, connection.name, connection.groups]).toEqual([Status.Ready, 'it', ['a', 'b']]);
    expect([pool.get('it'), pool.size, pool.toGroup('a', 1, 'hello')]).toEqual([connection, 1, 1]);
    expect(await echo).toBe('hello');
    // Options of a target replace those given beside it.
    const { headers } = requests[0]!;
    expect([headers['x-own'], headers['x-given']]).toContain('yes');
  });

  test.each([5, null, undefined, {}, { url: 5 }, [], { url: 'ws://x', options: 5 }])(
    'that is none, %j: ConfigError, and nothing is dialled',
    async (target) => {
      poolOf({ clientRetry: 3 });
      const wrong = expect.objectContaining({ code: 'CONFIG' });
      await expect(pool.dial(target as unknown as string)).rejects.toEqual(wrong);
      await expect(pool.dial((() => target) as unknown as () => string)).rejects.toEqual(wrong);
      expect([requests.length, pool.size]).toEqual([0, 0]);
      await pool.wait();
    },
  );

  test.each<[string, object]>([
    ['options', 5 as unknown as object],
    ['timeout.handshake', { timeout: { handshake: 'x' } }],
    ['extraHeaders', { extraHeaders: 5 }],
    ['chunkSize', { chunkSize: 1 }],
  ])('a wrong option, %s, is not tried again', async (_name, options) => {
    poolOf({ clientRetry: 3 });
    await expect(pool.dial(url, options)).rejects.toMatchObject({ code: 'CONFIG' });
    await pool.wait();
  });
});

describe('handlers that are registered when the promise has resolved', () => {
  async function nested(): Promise<Connection> {
    return await (async () => await pool.dial(url))();
  }

  test.each([1, 2, 3, 4, 5])('miss nothing of what comes at once (%d)', async () => {
    poolOf();
    const heard: string[] = [];
    pool.onMessage((message) => heard.push(message.text()));
    answers.push((ws) => {
      ws.dispatch(1, 'one');
      ws.dispatch(1, 'two');
      ws.close(4001);
    });
    const connection = await nested();
    const seen: unknown[] = [];
    const ended = new Promise((resolve) => connection.onStatus(Status.Closed, resolve));
    connection
      .onReady(() => seen.push('ready'))
      .onStatus(Status.Ready, (previous) => seen.push(previous))
      .onMessage(1, (message) => seen.push(message.text()));
    await ended;
    expect(seen).toEqual(['ready', Status.YetReady, 'one', 'two']);
    expect(heard).toEqual(['one', 'two']);
    expect(pooled(connection).ending?.info).toMatchObject({ code: 4001, wasClean: true });
  });

  test('and may send much before it is read', async () => {
    poolOf();
    const bytes = new Uint8Array(1 << 20).fill(7);
    let received = 0;
    const all = new Promise<void>((resolve) => {
      answers.push((ws) => {
        ws.onMessage(2, (message) => {
          received += message.read().length;
          if (received === 4 << 20) resolve();
        });
      });
    });
    const connection = await nested();
    for (let i = 0; i < 4; i++) connection.dispatch(2, bytes);
    await all;
  });

  test.each<[string, (connection: Connection) => void, number]>([
    ['close', (connection) => connection.close(4002), 4002],
    ['terminate', (connection) => connection.terminate(), 1006],
  ])('%s at once: it leaves, and is not dialled again', async (_name, end, code) => {
    const steps = poolOf({ clientRetry: 5 });
    const connection = await nested();
    end(connection);
    await pool.wait();
    expect(pooled(connection).ending?.info.code).toBe(code);
    expect([steps.length, requests.length]).toEqual([2, 1]);
  });
});

describe('attempts', () => {
  test('the first is retried as all others are, and those after a break count on', async () => {
    const steps = poolOf({ clientRetry: 3, minUptime: 60_000 });
    answers = [503, 'reset', 'accept', 503];
    const connection = await pool.dial(url, {}, { name: 'it' });
    expect(steps).toEqual([...['it dial 0', 'it wait 1', 'it dial 1', 'it wait 2', 'it dial 2', 'it ready 2']]);
    accepted[0]!.terminate();
    await pool.wait();
    expect(steps.slice(6)).toEqual(['it wait 3', 'it dial 3', 'it giveUp 3']);
    expect(connection.status).toBe(Status.Closed);
  });

  test.each<[string, PoolOptions, Answer[], number, number]>([
    ['none is left', { clientRetry: 2 }, [503, 503, 500], 500, 3],
    ['none is allowed', {}, [503], 503, 1],
    ['the server refuses for good', { clientRetry: 5 }, [503, 401], 401, 2],
    ['retryOn says no', { clientRetry: 5, retryOn: () => false }, [503], 503, 1],
    ['retryOn says yes to 401', { clientRetry: 1, retryOn: () => true }, [401, 403], 403, 2],
  ])('rejects with the error of the last when %s', async (_name, options, given, status, dials) => {
    const steps = poolOf(options);
    answers = given;
    const error = await pool.dial(url, {}, { name: 'it' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HandshakeError);
    expect([(error as HandshakeError).status, requests.length, pool.has('it')]).toEqual([status, dials, false]);
    expect(steps.at(-1)).toBe(`it giveUp ${dials - 1}`);
    await pool.wait();
    // Its name is free.
    answers = [];
    expect((await pool.dial(url, {}, { name: 'it' })).name).toBe('it');
  });

  test('a client whose server falls silent is dialled again after timeout.dead', async () => {
    const causes: unknown[] = [];
    pool = new Pool({ clientRetry: 1, retryInterval: 1 });
    const back = new Promise<void>((resolve) => {
      pool.onRedial((event) => {
        if (event.step === 'wait') causes.push(event.cause);
        if (event.step === 'ready' && event.attempt === 1) resolve();
      });
    });
    answers.push((ws) => ws.onMessage(1, () => void requests[0]!.socket.pause()));
    const connection = await pool.dial(url, { pingInterval: 10, timeout: { pong: 20, dead: 30 } });
    connection.dispatch(1, 'be silent');
    await back;
    expect(causes).toMatchObject([{ code: 1006, wasClean: false, error: { code: 'PONG_TIMEOUT' } }]);
    expect(pool.members()).toEqual([connection]);
  });

  test('a function is called anew for each, also after a break, and what it returns is used', async () => {
    poolOf({ clientRetry: Number.POSITIVE_INFINITY, minUptime: 0 });
    const attempts: number[] = [];
    answers = [503, 503];
    let token = 0;
    const target = async (attempt: number): Promise<{ url: string; options: object }> => {
      attempts.push(attempt);
      token++;
      return { url: `${url}${token}`, options: { extraHeaders: { Authorization: `Bearer ${token}` } } };
    };
    const connection = await pool.dial(target, { enableCompress: true });
    expect(connection.url).toBe(`${url}3`);
    for (let life = 1; life < 3; life++) {
      const ready = new Promise((resolve) => connection.onStatus(Status.Ready, resolve));
      // The handlers are told in the next turn.
      await turn();
      const back = new Promise((resolve) => pool.onStatus((status) => status === Status.Ready && resolve(undefined)));
      accepted.at(-1)!.terminate();
      await Promise.all([ready, back]);
    }
    expect(attempts).toEqual([0, 1, 2, 1, 1]);
    expect(requests.map(({ headers, url: path }) => [headers.authorization, path])).toEqual(
      [1, 2, 3, 4, 5].map((number) => [`Bearer ${number}`, `/${number}`]),
    );
    expect(connection.url).toBe(`${url}5`);
    const echo = new Promise((resolve) => accepted.at(-1)!.onMessage(1, (message) => resolve(message.text())));
    connection.dispatch(1, 'still compressed'.repeat(100));
    expect(await echo).toBe('still compressed'.repeat(100));
  });

  test('a later target may have other settings of the wire', async () => {
    poolOf({ clientRetry: 5, minUptime: 0 });
    const streams = [true, false];
    const connection = await pool.dial(() => ({ url, options: { enableStreams: streams.shift() === true } }));
    await turn();
    const back = new Promise((resolve) => connection.onStatus(Status.Ready, resolve));
    accepted[0]!.terminate();
    await back;
    const echo = new Promise((resolve) => accepted[1]!.onMessage(1, (message) => resolve(message.text())));
    connection.dispatch(1, 'hello');
    expect(await echo).toBe('hello');
  });

  test.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no token'))],
  ])('of a function that %s have failed: retryOn is asked', async (_name, target) => {
    const asked: Error[] = [];
    poolOf({
      clientRetry: 5,
      retryOn: (error) => asked.push(error) < 3,
    });
    const error = await pool.dial(target).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TARGET_FAILED', cause: { message: 'no token' } });
    expect((error as Error).message).toContain('no token');
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)).toBe(error);
  });

  test('of a function that hangs have failed after timeout.handshake', async () => {
    const steps = poolOf({ clientRetry: 1 });
    const hanging = (): Promise<never> => new Promise(() => {});
    const error = await pool.dial(hanging, { timeout: { handshake: 20 } }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(steps).toHaveLength(4);
  });

  test('after a break, a function that fails: tried again, until it is given up', async () => {
    const steps = poolOf({ clientRetry: 2, minUptime: 0 });
    let calls = 0;
    await pool.dial(
      () => {
        if (calls++ > 0) throw new Error('no token');
        return url;
      },
      {},
      { name: 'it' },
    );
    await turn();
    accepted[0]!.terminate();
    await pool.wait();
    expect(steps.slice(2)).toEqual(['it wait 1', 'it dial 1', 'it wait 2', 'it dial 2', 'it giveUp 2']);
    expect(calls).toBe(3);
  });
});

describe('meanwhile', () => {
  test('the name and the place are reserved, and it is no member', async () => {
    poolOf({ size: 2 });
    answers = ['hang'];
    const abort = new AbortController();
    const dialled = pool.dial(url, { signal: abort.signal }, { name: 'it' });
    expect([pool.size, pool.has('it'), pool.get('it'), pool.dispatch(1, 'x')]).toEqual([0, false, undefined, 0]);
    await expect(pool.dial(url, {}, { name: 'it' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    const other = await pool.dial(url, {}, { name: 'other' });
    await expect(pool.dial(url)).rejects.toMatchObject({ code: 'POOL_FULL' });
    let isEmpty = false;
    const empty = pool.wait().then(() => {
      isEmpty = true;
    });
    pool.castOut(other);
    other.terminate();
    await turn();
    expect(isEmpty).toBe(false);
    abort.abort(new Error('never mind'));
    await expect(dialled).rejects.toThrow('never mind');
    await empty;
    expect((await pool.dial(url, {}, { name: 'it' })).name).toBe('it');
  });

  test('names that are made up are not those reserved', async () => {
    poolOf();
    const connections = await Promise.all([pool.dial(url), pool.dial(url), pool.dial(url, {}, { name: 'client-3' })]);
    expect(new Set(connections.map(({ name }) => name)).size).toBe(3);
  });

  const ends: [string, string, (abort: AbortController, closeIt: () => void) => unknown][] = [
    ['its signal aborts', 'GONE', (abort) => abort.abort(Object.assign(new Error('gone'), { code: 'GONE' }))],
    ['the pool is closed', 'POOL_CLOSED', () => void pool.close()],
    ['the pool is drained', 'POOL_CLOSED', () => void pool.drain()],
    ['what onRedial tells about is closed', 'CLOSED', (_abort, closeIt) => closeIt()],
  ];

  describe.each(ends)('%s', (_name, code, end) => {
    test.each<[string, string, PoolOptions, Answer[]]>([
      ['while it is dialled', 'dial', { clientRetry: 5 }, ['hang']],
      ['while it waits', 'wait', { clientRetry: 5, retryInterval: 2 ** 31 - 1, maxRetryInterval: 2 ** 31 - 1 }, [503]],
    ])('%s: rejects, and nothing is left', async (_when, at, options, given) => {
      pool = new Pool(options);
      answers = given;
      const abort = new AbortController();
      let dialled: Promise<unknown>;
      const reached = new Promise<() => void>((resolve) => {
        pool.onRedial(({ step }, adapter) => {
          if (step === at) resolve(() => adapter.close());
        });
        dialled = pool.dial(url, { signal: abort.signal }, { name: 'it' }).catch((reason: unknown) => reason);
      });
      const closeIt = await reached;
      if (at === 'dial') while (requests.length === 0) await turn();
      end(abort, closeIt);
      expect(await dialled!).toMatchObject({ code });
      await pool.wait();
      const count = requests.length;
      await turn();
      expect([pool.size, requests.length]).toEqual([0, count]);
    });
  });

  describe('given up, an attempt ends at once', () => {
    const lefts: [string, (connection: Connection) => unknown][] = [
      ['the pool is closed', () => pool.close()],
      ['the pool is drained', () => pool.drain()],
      ['the connection is closed', (connection) => connection.close()],
      ['the connection is terminated', (connection) => connection.terminate()],
    ];

    test.each(lefts)('its socket is closed when %s', async (_name, leave) => {
      answers = ['accept', 'hang'];
      poolOf({ clientRetry: 5 });
      const connection = await pool.dial(url, { timeout: { handshake: 600_000 } });
      await turn();
      accepted[0]!.terminate();
      while (requests.length < 2) await turn();
      const ended = once(requests[1]!.socket.resume(), 'end');
      leave(connection);
      await Promise.all([ended, pool.wait()]);
    });

    test.each([...lefts, ['its signal aborts', 'abort'] as const])(
      'no function is waited for when %s',
      async (_name, leave) => {
        const clock = new FakeClock();
        const giveBack = clock.install(useClock);
        const abort = new AbortController();
        const { signal } = abort;
        try {
          let call: (attempt: number) => void;
          const called = new Promise<number>((resolve) => {
            call = resolve;
          });
          const target = (attempt: number): string | Promise<never> => {
            if (attempt === 0 && leave !== 'abort') return url;
            call(attempt);
            return new Promise(() => {});
          };
          pool = new Pool({ clientRetry: 5, retryInterval: 0, maxRetryInterval: 0 });
          const dialled = pool.dial(target, { signal });
          if (leave === 'abort') {
            await called;
            expect(clock.pending).toBe(1);
            abort.abort(new Error('never mind'));
            await expect(dialled).rejects.toThrow('never mind');
          } else {
            const connection = await dialled;
            await turn();
            accepted[0]!.terminate();
            while (connection.status !== Status.Closed) await turn();
            await clock.advance(0);
            await called;
            await leave(connection);
          }
          await pool.wait();
          await turn();
          expect(clock.pending).toBe(0);
        } finally {
          giveBack();
        }
      },
    );
  });

  test('a signal that has aborted before: nothing is dialled', async () => {
    poolOf({ clientRetry: 5 });
    const signal = AbortSignal.abort(new Error('before'));
    await expect(pool.dial(url, { signal })).rejects.toThrow('before');
    await expect(pool.dial(() => ({ url, options: { signal } }))).rejects.toThrow('before');
    expect(requests).toHaveLength(0);
  });

  test('a closed pool dials nothing', async () => {
    poolOf();
    await pool.close();
    await expect(pool.dial(url)).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    expect(requests).toHaveLength(0);
  });
});
