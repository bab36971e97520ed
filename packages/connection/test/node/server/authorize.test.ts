import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { HeaderMap } from '@webson/handshake';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Adapter } from '../../../src/adapter.js';
import type { Connection } from '../../../src/connection.js';
import { dial } from '../../../src/node/client/dial.js';
import { attach } from '../../../src/node/server/attach.js';
import { type Refusal, refuse } from '../../../src/node/server/authorization.js';
import { type ServeOptions, serve } from '../../../src/node/server/serve.js';
import type { Server } from '../../../src/node/server/server.js';
import { takeOver } from '../../../src/node/server/take-over.js';
import type { TakeOverOptions } from '../../../src/node/server/take-over-options.js';
import type { UpgradeRequest } from '../../../src/node/server/upgrade-request.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { deferred } from '../../support/connections.js';
import { turns } from '../../support/turns.js';
import {
  cleanUp,
  expectNothingLeft,
  portOf,
  RawClient,
  rejection,
  reset,
  serveForTest,
  upgradeRequest,
} from '../harness.js';

expectNothingLeft();

type Options = TakeOverOptions<unknown>;

/** What a client is answered, and what the server is told of it. */
interface Answer {
  readonly text: string;
  readonly connection?: Connection<unknown>;
  readonly error?: Error;
}

/** Each way to answer an upgrade. */
const WAYS: [name: string, ask: (options: Options, wire: string) => Promise<Answer>][] = [
  [
    'serve',
    async (options, wire) => {
      const told = deferred<Partial<Answer>>();
      const server = await serveForTest(
        { ...options, onError: (error) => told.resolve({ error }) } as ServeOptions<unknown>,
        (connection) => told.resolve({ connection }),
      );
      return answered(portOf(server), wire, told.promise);
    },
  ],
  [
    'attach',
    async (options, wire) => {
      const told = deferred<Partial<Answer>>();
      const server = await listening();
      const onError = (error: Error): void => told.resolve({ error });
      const attached = attach(server, { ...options, onError }, (connection) => told.resolve({ connection }));
      cleanUp(() => attached.close());
      return answered((server.address() as AddressInfo).port, wire, told.promise);
    },
  ],
  [
    'takeOver',
    async (options, wire) => {
      const told = deferred<Partial<Answer>>();
      const server = await listening();
      server.on('upgrade', (request, socket, head) => {
        cleanUp(() => void socket.destroy());
        takeOver(request, socket, head, options).then(
          (connection) => told.resolve({ connection }),
          (error: Error) => told.resolve({ error }),
        );
      });
      return answered((server.address() as AddressInfo).port, wire, told.promise);
    },
  ],
];

const causeOf = (error: Error | undefined): Error => error?.cause as Error;

async function listening(): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server;
}

async function answered(port: number, wire: string, told: Promise<Partial<Answer>>): Promise<Answer> {
  const client = RawClient.to(port, wire);
  const [, what] = await Promise.all([client.head(), told]);
  if (what.error !== undefined) await client.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
  client.socket.destroy();
  return { text: client.text, ...what };
}

describe.each(WAYS)('authorize of %s', (_name, ask) => {
  it.each<[string, unknown]>([
    ['an object', { user: 'x' }],
    ['text', 'x'],
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ['true', true],
  ])('what it returns, or resolves to, is the data of the connection: %s', async (_what, data) => {
    for (const authorize of [() => data, async () => data]) {
      const { text, connection } = await ask({ authorize }, upgradeRequest());
      expect(text).toMatch(/^HTTP\/1\.1 101 /);
      expect(connection?.data).toBe(data);
    }
  });

  it('is undefined without it', async () => {
    expect((await ask({}, upgradeRequest())).connection?.data).toBeUndefined();
  });

  it('sees the request', async () => {
    let seen: UpgradeRequest | undefined;
    const authorize = (request: UpgradeRequest): void => {
      seen = request;
    };
    const fields = 'X-Token: a\r\nX-Token: b\r\nSec-WebSocket-Protocol: v2, v1\r\n';
    await ask({ authorize }, upgradeRequest(fields, '/a/../caf%c3%a9?x=1&y'));
    expect(seen?.url).toBeInstanceOf(URL);
    expect(seen?.url.href).toBe('ws://localhost/caf%C3%A9?x=1&y');
    expect(seen?.headers).toBeInstanceOf(HeaderMap);
    expect(seen?.headers.get('x-token')).toBe('a, b');
    expect(seen?.protocols).toEqual(['v2', 'v1']);
    expect(seen?.remoteAddress).toBe('127.0.0.1');
    expect(seen?.raw.url).toBe('/a/../caf%c3%a9?x=1&y');
    expect(seen?.signal.aborted).toBe(false);
  });

  it('refuses with what refuse says, returned, resolved to, or thrown', async () => {
    const no = refuse(402, { headers: { 'X-Price': '5' }, body: 'pay' });
    const throwing = (): never => {
      throw no;
    };
    for (const authorize of [() => no, async () => no, throwing, () => Promise.reject(no)]) {
      const { text, error } = await ask({ authorize }, upgradeRequest());
      expect(text).toMatch(/^HTTP\/1\.1 402 .*\r\nConnection: close\r\n[\s\S]*X-Price: 5\r\n\r\npay$/);
      expect(error).toBeInstanceOf(HandshakeError);
      expect(error).toMatchObject({ code: 'REFUSED', status: 402 });
    }
  });

  it('false refuses with 401', async () => {
    for (const authorize of [() => false, async () => false]) {
      const { text, error } = await ask({ authorize }, upgradeRequest());
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(error).toMatchObject({ code: 'UNVERIFIED', status: 401 });
    }
  });

  it('an error is answered with 500, thrown, rejected with or returned', async () => {
    const cause = new Error('s3cret');
    const throwing = (): never => {
      throw cause;
    };
    for (const authorize of [throwing, () => Promise.reject(cause), () => cause, async () => cause]) {
      const { text, error } = await ask({ authorize }, upgradeRequest());
      expect(text).toMatch(/^HTTP\/1\.1 500 /);
      expect(text).not.toContain('s3cret');
      expect(error).toMatchObject({ code: 'FAILED', status: 500, cause });
    }
  });

  it('is the last to judge, and the protocols come after it', async () => {
    const order: string[] = [];
    const options: Options = {
      origins: () => order.push('origins') > 0,
      headerVerify: () => order.push('headerVerify') > 0,
      authorize: () => void order.push('authorize'),
      protocols: () => void order.push('protocols'),
      hosts: ['localhost'],
    };
    await ask(options, upgradeRequest('Origin: http://x\r\n'));
    expect(order).toEqual(['origins', 'headerVerify', 'authorize', 'protocols']);
    order.length = 0;
    await ask(options, upgradeRequest().replace('localhost', 'elsewhere'));
    await ask(options, upgradeRequest().replace('GET', 'POST'));
    await ask({ ...options, origins: [`http://y`] }, upgradeRequest('Origin: http://x\r\n'));
    expect(order).toEqual([]);
    await ask({ ...options, headerVerify: () => false }, upgradeRequest());
    expect(order).toEqual([]);
    await ask({ ...options, authorize: () => refuse(403) }, upgradeRequest());
    expect(order).toEqual(['headerVerify']);
  });

  it('408 when it takes too long, and its signal aborts', async () => {
    let signal: AbortSignal | undefined;
    const authorize = (request: UpgradeRequest): Promise<never> => {
      signal = request.signal;
      return new Promise(() => {});
    };
    const { text, error } = await ask({ authorize, timeout: { handshake: 30 } }, upgradeRequest());
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBe(error);
  });

  it('400 for a host that could not stand in a URL', async () => {
    for (const host of ['a/b', 'u@h', '1.2.3.999', 'a:99999']) {
      const wire = upgradeRequest().replace('localhost', host);
      const { text, error } = await ask({ authorize: () => {} }, wire);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(error).toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  describe('protocols', () => {
    const offering = upgradeRequest('Sec-WebSocket-Protocol: a, b\r\n');

    it('a function chooses one of those offered, or none', async () => {
      const seen: unknown[] = [];
      const choose = (offered: readonly string[], request: UpgradeRequest): string | undefined => {
        seen.push([...offered], request.url.pathname);
        (offered as string[]).push('c');
        return offered[1];
      };
      const { connection, text } = await ask({ protocols: choose }, offering);
      expect(connection?.protocol).toBe('b');
      expect(text).toMatch(/\r\nSec-WebSocket-Protocol: b\r\n/);
      expect(seen).toEqual([['a', 'b'], '/']);
      expect((await ask({ protocols: () => undefined }, offering)).connection?.protocol).toBe('');
      expect((await ask({ protocols: ([first]) => first }, upgradeRequest())).connection?.protocol).toBe('');
    });

    it.each<[string, unknown]>([
      ['another name', 'c'],
      ['an empty name', ''],
      ['a promise', Promise.resolve('a')],
      ['a promise that rejects', 'reject'],
      ['null', null],
      ['false', false],
    ])('500 when it returns %s', async (_what, result) => {
      const protocols = (): string =>
        (result === 'reject' ? Promise.reject(new Error('mine')) : result) as unknown as string;
      const { text, error } = await ask({ protocols }, offering);
      expect(text).toMatch(/^HTTP\/1\.1 500 /);
      expect(error).toMatchObject({ code: 'FAILED', cause: expect.any(ConfigError) });
      expect(causeOf(error).message).toMatch(/^protocols: a function that returns one of the 2 that/);
    });

    it('500 when it throws, or names one where none was offered', async () => {
      const cause = new Error('s3cret');
      const protocols = (): never => {
        throw cause;
      };
      const { text, error } = await ask({ protocols }, offering);
      expect(text).toMatch(/^HTTP\/1\.1 500 [\s\S]*\r\n\r\nInternal error\n$/);
      expect(error).toMatchObject({ code: 'FAILED', cause });
      const none = await ask({ protocols: () => 'a' }, upgradeRequest());
      expect(causeOf(none.error).message).toContain('nothing was offered');
    });
  });
});

describe('authorize: who waits', () => {
  it.each(['ends', 'resets'])('its signal aborts when the client %s', async (how) => {
    const asked = deferred<AbortSignal>();
    const authorize = ({ signal }: UpgradeRequest): Promise<never> => {
      asked.resolve(signal);
      return new Promise(() => {});
    };
    const told = deferred<Error>();
    const server = await serveForTest({ authorize, onError: (error) => told.resolve(error) });
    const client = RawClient.to(portOf(server), upgradeRequest());
    const signal = await asked.promise;
    const aborted = once(signal, 'abort');
    if (how === 'ends') client.socket.end();
    else reset(client.socket);
    await aborted;
    expect(signal.reason).toMatchObject({ code: 'DISCONNECTED' });
    expect(await told.promise).toBe(signal.reason);
  });

  it('it aborts when the server drains; not when all is well', async () => {
    const signals: AbortSignal[] = [];
    const finish = deferred();
    const authorize = async ({ signal, url }: UpgradeRequest): Promise<void> => {
      signals.push(signal);
      if (url.pathname === '/slow') await finish.promise;
    };
    const server = await serveForTest({ authorize });
    const well = await dial(server.url);
    const ended = well.start();
    const slow = rejection(dial(`${server.url}slow`));
    while (signals.length < 2) await turns(1);
    await server.drain();
    expect(await slow).toMatchObject({ status: 503 });
    await ended;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    expect(signals[1]?.reason).toMatchObject({ code: 'ABORTED', status: 503 });
    finish.resolve();
  });

  it('a slow one holds up its own client alone', async () => {
    const finish = deferred();
    const authorize = async ({ url }: UpgradeRequest): Promise<string> => {
      if (url.pathname === '/slow') await finish.promise;
      return url.pathname;
    };
    const data: string[] = [];
    const server = await serveForTest({ authorize }, (ws) => void data.push(ws.data));
    const slow = dial(`${server.url}slow`);
    for (const path of ['a', 'b']) (await dial(`${server.url}${path}`)).close();
    expect(data).toEqual(['/a', '/b']);
    finish.resolve();
    (await slow).close();
    expect(data).toEqual(['/a', '/b', '/slow']);
  });
});

describe('a second taker', () => {
  it.each<[string, (socket: Socket, request: IncomingMessage) => void]>([
    ['another takeOver', (socket, request) => void takeOver(request, socket, new Uint8Array(0))],
    ['somebody who reads it', (socket) => void socket.on('data', () => {})],
    ['an answer', (socket) => void socket.end('HTTP/1.1 418 \r\n\r\n')],
  ])('leaves a socket alone that has %s', async (_who, takes) => {
    const server = await listening();
    const refused = deferred<Error>();
    let isAsked = false;
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head) => {
      cleanUp(() => void socket.destroy());
      takes(socket, request);
      const before = [socket.listenerCount('error'), socket.listenerCount('close'), socket.isPaused()];
      const authorize = (): void => {
        isAsked = true;
      };
      takeOver(request, socket, head, { authorize, maxFragments: 0 }).catch((error: Error) => {
        expect([socket.listenerCount('error'), socket.listenerCount('close'), socket.isPaused()]).toEqual(before);
        refused.resolve(error);
      });
    });
    const client = RawClient.to((server.address() as AddressInfo).port, upgradeRequest());
    const error = await refused.promise;
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'ALREADY_TAKEN', status: undefined });
    await turns(5);
    expect(isAsked).toBe(false);
    expect(client.text).not.toMatch(/ (400|500) /);
  });

  it('cannot take what is attached, by whatever way it comes to it', async () => {
    const server = await listening();
    const taken: Error[] = [];
    const attached = attach(server, {}, (ws, request) => {
      expect(ws.isStarted).toBe(false);
      return takeOver(request, request.socket, new Uint8Array(0)).catch((error: Error) => void taken.push(error));
    });
    cleanUp(() => attached.close());
    const ws = await dial(attached.url);
    ws.onReady((adapter) => adapter.close(4000));
    expect(await ws.start()).toMatchObject({ code: 4000, wasClean: true });
    expect(taken).toMatchObject([{ code: 'ALREADY_TAKEN' }]);
  });

  it('attach leaves alone what another took from it, and does not wait for it', async () => {
    const server = await listening();
    const told = deferred<Error>();
    const path = (): boolean => true;
    let socket: Socket | undefined;
    // Somebody whose listener runs first, because it stands in place of `emit`.
    const attached = attach(server, { path, onError: (error) => told.resolve(error) }, () => {});
    const { emit } = server;
    server.emit = function first(this: unknown, ...args: unknown[]): boolean {
      if (args[0] === 'upgrade') {
        socket = args[2] as Socket;
        cleanUp(() => void socket?.destroy());
        socket.on('data', () => {});
        socket.write('HTTP/1.1 101 \r\n\r\n');
      }
      return Reflect.apply(emit, this, args);
    } as typeof emit;
    const client = RawClient.to((server.address() as AddressInfo).port, upgradeRequest());
    expect(await told.promise).toMatchObject({ code: 'ALREADY_TAKEN' });
    await attached.close();
    expect(socket?.destroyed).toBe(false);
    expect(await client.head()).toBe('HTTP/1.1 101 \r\n\r\n');
  });
});

describe('types', () => {
  const never = async (_run: () => unknown): Promise<void> => {};

  it('the data is inferred, or named', async () => {
    await never(async () => {
      await serve({}, (ws) => expectTypeOf(ws).toEqualTypeOf<Connection>());
      await serve({}, (ws) => expectTypeOf(ws.data).toEqualTypeOf<undefined>());
      await serve({ authorize: () => ({ user: 'x' }) }, (ws) => expectTypeOf(ws.data.user).toEqualTypeOf<string>());
      await serve({ authorize: async () => ({ user: 'x' }) }, (ws) =>
        expectTypeOf(ws.data.user).toEqualTypeOf<string>(),
      );
      const authorize = ({ headers }: UpgradeRequest): { id: number } | Refusal =>
        headers.has('x') ? { id: 1 } : refuse(401);
      await serve({ authorize }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<{ id: number }>());
      const options = {
        port: 0,
        authorize: async (request: UpgradeRequest) => (request.headers.has('x') ? 1 : refuse(401)),
      };
      const server = await serve(options, (ws) => expectTypeOf(ws.data).toEqualTypeOf<number>());
      for (const ws of server.connections) expectTypeOf(ws.data).toEqualTypeOf<number>();
      await serve<{ name: string }>({ authorize: () => ({ name: 'x' }) }, (ws) => {
        expectTypeOf(ws.data).toEqualTypeOf<{ name: string }>();
      });
      // @ts-expect-error: that is no name
      await serve<{ name: string }>({ authorize: () => ({ name: 5 }) }, () => {});
      // False refuses, and is none of the data.
      interface User {
        name: string;
      }
      const users = new Map<string, User>();
      const find = (): User | false => users.get('x') ?? false;
      await serve({ authorize: find }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<User>());
      await serve({ authorize: async () => find() }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<User>());
      await serve({ authorize: () => users.get('x') ?? false }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<User>());
      await serve({ authorize: () => users.has('x') }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<true>());
      await serve<User>({ authorize: find }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<User>());
      await serve<boolean>({ authorize: () => users.has('x') }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<boolean>());
      // Undefined lets in, and so it is.
      await serve({ authorize: () => users.get('x') }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<User | undefined>());
      await serve({ authorize: () => users.get('x') ?? refuse(401) }, (ws) =>
        expectTypeOf(ws.data).toEqualTypeOf<User>(),
      );
      const http = createServer();
      attach(http, { authorize: () => 'x' as const }, (ws) => expectTypeOf(ws.data).toEqualTypeOf<'x'>());
      const ws = await takeOver({} as IncomingMessage, {} as Socket, new Uint8Array(0), { authorize: () => 5 });
      expectTypeOf(ws.data).toEqualTypeOf<number>();
      const plain = await takeOver({} as IncomingMessage, {} as Socket, new Uint8Array(0));
      expectTypeOf(plain).toEqualTypeOf<Connection>();
    });
  });

  it('a function that takes any connection has a parameter of the type Connection<unknown>', async () => {
    const greet = (ws: Connection<unknown>): void => {
      expectTypeOf(ws.data).toEqualTypeOf<unknown>();
      ws.onReady((adapter) => adapter.dispatch(1, 'hello'));
    };
    const greetPlain = (ws: Connection): void => greet(ws);
    await never(async () => {
      await serve({ authorize: () => ({ user: 'x' }) }, greet);
      await serve({ authorize: () => ({ user: 'x' }) }, (ws) => greet(ws));
      await serve({}, greetPlain);
      greet(await dial('ws://127.0.0.1/'));
      // @ts-expect-error: without it, connections that have no data are meant
      await serve({ authorize: () => ({ user: 'x' }) }, (ws) => greetPlain(ws));
    });
  });

  it('what names a server or a handler without data goes on to work', async () => {
    await never(async () => {
      let server: Server;
      const accepted: Connection[] = [];
      const handle = (adapter: Adapter): void => void adapter.dispatch(1, '');
      server = await serve({}, (ws) => void accepted.push(ws));
      server = await serve({ authorize: () => 5 }, (ws) => {
        ws.onReady(handle).onMessage(1, (_message, adapter: Adapter) => handle(adapter));
        handle(ws);
      });
      for (const ws of server.connections) accepted.push(ws);
      await dial(server.url, { protocols: ['a'] });
      // @ts-expect-error: a client offers names, it does not choose
      await dial(server.url, { protocols: () => 'a' });
    });
  });
});
