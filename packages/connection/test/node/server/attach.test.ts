import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { dial } from '../../../src/node/client/dial.js';
import { type AttachOptions, attach } from '../../../src/node/server/attach.js';
import { type ServeOptions, serve } from '../../../src/node/server/serve.js';
import type { ErrorContext } from '../../../src/node/server/server.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import { collectWarnings } from '../../support/warnings.js';
import {
  cleanUp,
  expectNothingLeft,
  rejection,
  reset,
  serveForTest,
  socketPath,
  TLS,
  upgradeRequest,
} from '../harness.js';
import { attachForTest, echo, echoed, KINDS, listening, portOfHttp, rawTo, statusOf } from './attaching.js';

expectNothingLeft();

describe.each(KINDS)('attach to %s', (_name, create, isSecure) => {
  it('takes upgrades, and leaves requests to their listeners', async () => {
    const server = await listening(create());
    const attached = attachForTest(server, {}, echo);
    expect(await echoed(attached.url)).toBe('hello');
    const get = rawTo(server, isSecure, 'GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await get.until(({ text, hasClosed }) => text.includes('!') || hasClosed);
    expect(get.text).toContain('GET /page');
  });

  it('may listen later', async () => {
    const server = create();
    const attached = attachForTest(server, { path: '/in' }, echo);
    for (const read of [() => attached.url, () => attached.address]) {
      expect(read).toThrow(ConfigError);
      expect(read).toThrow('does not listen');
    }
    await listening(server);
    expect(attached.url).toBe(`${isSecure ? 'wss' : 'ws'}://127.0.0.1:${portOfHttp(server)}/in`);
    expect(attached.address).toMatchObject({ port: portOfHttp(server) });
    expect(await echoed(attached.url)).toBe('hello');
  });

  it('answers 404 where nobody is attached, and tells the first', async () => {
    const server = await listening(create());
    const errors: unknown[][] = [];
    const onError = (error: Error, about?: ErrorContext): void => void errors.push([error, about]);
    attachForTest(server, { path: '/a', onError });
    attachForTest(server, { path: '/b' });
    expect(await statusOf(server, upgradeRequest('', '/c'), isSecure)).toBe(404);
    while (errors.length === 0) await turns(1);
    expect(errors).toEqual([
      [
        expect.objectContaining({ code: 'NOT_FOUND', status: 404 }),
        { request: expect.objectContaining({ url: '/c' }) },
      ],
    ]);
  });

  it('an upgrade to something else is an ordinary request, with its body and with what follows', async () => {
    const server = await listening(create());
    attachForTest(server, { path: '/ws' });
    const h2c = (method: string, more: string): string =>
      `${method} /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n${more}`;
    for (const [wire, expected] of [
      [h2c('GET', '\r\n'), 'GET /ws !'],
      [h2c('POST', 'Content-Length: 5\r\n\r\nhello'), 'POST /ws hello!'],
      [h2c('POST', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'), 'POST /ws hello!'],
      [h2c('GET', '\r\n').replace('h2c', 'h2c, websocket'), 'GET /ws !'],
    ] as const) {
      const client = rawTo(server, isSecure, wire);
      await client.until(({ text, hasClosed }) => text.includes('!') || hasClosed);
      expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
      expect(client.text).toContain(expected);
      // The connection is kept, and what comes next is understood.
      client.socket.write('GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      await client.until(({ text, hasClosed }) => text.includes('/next !') || hasClosed);
      expect(client.text).toContain('GET /next !');
    }
  });

  it('a body that comes later', async () => {
    const server = await listening(create());
    attachForTest(server);
    const head =
      'POST /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 10\r\n\r\n';
    const client = rawTo(server, isSecure, `${head}hello`);
    await turns(20);
    client.socket.write('again');
    await client.until(({ text, hasClosed }) => text.includes('!') || hasClosed);
    expect(client.text).toContain('POST /ws helloagain!');
  });

  it('drains, and closes: its own connections, not the server', async () => {
    const server = await listening(create());
    const before = server.eventNames();
    const one = attachForTest(server, { path: '/one' }, echo);
    const two = attachForTest(server, { path: '/two' }, echo);
    const ends = [];
    for (const { url } of [one, one, two]) {
      const ws = await dial(url, { tls: { ca: TLS.cert } });
      ends.push(ws.start());
    }
    expect([one.connections.size, two.connections.size]).toEqual([2, 1]);
    await one.drain({ code: 1012 });
    expect(await ends[0]).toMatchObject({ code: 1012, wasClean: true });
    expect(await statusOf(server, upgradeRequest('', '/one'), isSecure)).toBe(503);
    await Promise.all([one.close(), one.close()]);
    expect(await statusOf(server, upgradeRequest('', '/one'), isSecure)).toBe(404);
    expect(two.connections.size).toBe(1);
    expect(await echoed(two.url)).toBe('hello');
    await two[Symbol.asyncDispose]();
    expect(await ends[2]).toMatchObject({ code: 1001, wasClean: true });
    // Nothing is left of them.
    expect(server.eventNames()).toEqual(before);
    expect(Object.hasOwn(server, 'emit')).toBe(false);
    // Without a listener for it an upgrade is an ordinary request.
    expect(await statusOf(server, upgradeRequest('', '/one'), isSecure)).toBe(200);
  });

  it('survives clients that leave at every point', async () => {
    const server = await listening(create());
    let isAsked = 0;
    const attached = attachForTest(server, {
      path: '/ws',
      authorize: async () => {
        isAsked++;
        await turns(2);
      },
    });
    const wire = upgradeRequest('', '/ws');
    const lengths = [0, 1, 30, wire.length - 1, ...new Array<number>(8).fill(wire.length)];
    for (const [i, length] of lengths.entries()) {
      const target = { port: portOfHttp(server), host: '127.0.0.1' };
      const socket = isSecure ? connectTls({ ...target, ca: TLS.cert, ALPNProtocols: ['http/1.1'] }) : connect(target);
      socket.on('error', () => {});
      await once(socket, isSecure ? 'secureConnect' : 'connect');
      const asked = isAsked;
      socket.write(wire.slice(0, length));
      // Some leave at once, some when they are being judged.
      if (i % 2 === 0 && length === wire.length) while (isAsked === asked) await turns(1);
      if (isSecure || i % 3 === 0) socket.destroy();
      else reset(socket as Socket);
    }
    expect(await statusOf(server, wire, isSecure)).toBe(101);
    while (attached.connections.size > 0) await turns(1);
  });
});

describe('attach: what it is given', () => {
  it('throws for what is no HTTP server', async () => {
    const app = Object.assign(() => {}, { listen: () => {} });
    const own = await serve({ host: '127.0.0.1' }, () => {});
    cleanUp(() => own.close());
    for (const none of [undefined, null, 8080, 'server', {}, app, createTcpServer(), own]) {
      const attaching = (): unknown => attach(none as unknown as HttpServer, {}, () => {});
      expect(attaching).toThrow(ConfigError);
      expect(attaching).toThrow(/^server: an http\.Server/);
    }
  });

  it('throws for a server of HTTP/2 alone, which would never have an upgrade', () => {
    for (const http2 of [createHttp2Server(), createSecureServer(TLS)]) {
      const attaching = (): unknown => attach(http2 as unknown as HttpServer, {}, () => {});
      expect(attaching).toThrow(ConfigError);
      expect(attaching).toThrow(/allowHTTP1: true .* HTTP\/2 alone/);
      expect(http2.listenerCount('upgrade')).toBe(0);
    }
  });

  it.each([
    [null, /^options: /],
    [{ path: 'a' }, /^path: /],
    [{ path: 5 }, /^path: /],
    [{ onError: true }, /^onError: /],
    [{ authorize: 'yes' }, /^authorize: /],
    [{ protocols: [5] }, /^protocols: /],
    [{ maxFragments: 0 }, /^maxFragments: /],
    [{ enableCompress: { windowBits: 99 } }, /^windowBits|^enableCompress/],
  ])('throws for the options %j, and leaves the server alone', async (options, message) => {
    const server = createServer();
    const attaching = (): unknown => attach(server, options as AttachOptions, () => {});
    if (options !== null && 'enableCompress' in options) {
      // Its code is loaded first: the first client is told, and so is onError.
      const errors: Error[] = [];
      await listening(server);
      attachForTest(server, { ...options, onError: (error) => void errors.push(error) } as AttachOptions);
      // It is loaded when nobody is there to be told yet: that must not reach the process.
      await rejection(serve({ host: '127.0.0.1', ...options } as ServeOptions, () => {}));
      await turns(2);
      expect(await statusOf(server, upgradeRequest())).toBe(500);
      while (errors.length === 0) await turns(1);
      expect(errors[0]?.message).toMatch(message);
      return;
    }
    expect(attaching).toThrow(ConfigError);
    expect(attaching).toThrow(message);
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  it('throws for a handler that is none', () => {
    expect(() => attach(createServer(), {}, undefined as unknown as () => void)).toThrow(/^onConnection: a function/);
  });

  it('one signal may close very many, attached and served', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const warnings = collectWarnings();
    const server = createServer();
    for (let i = 0; i < 11; i++) attachForTest(server, { signal });
    for (let i = 0; i < 11; i++) await serveForTest({ signal });
    controller.abort();
    while (server.listenerCount('upgrade') > 0) await turns(1);
    expect(warnings).toEqual([]);
  });

  it('its signal closes it', async () => {
    const server = await listening(createServer());
    const controller = new AbortController();
    const attached = attachForTest(server, { signal: controller.signal });
    const ws = await dial(attached.url);
    const end = ws.start();
    controller.abort();
    expect(await end).toMatchObject({ code: 1001 });
    await attached.close();
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(() => attach(server, { signal: AbortSignal.abort(new Error('mine')) }, () => {})).toThrow('mine');
  });

  it('knows its address on a unix socket, and the root where the path is no string', async () => {
    const server = createServer();
    const path = socketPath();
    const attached = attachForTest(server, { path: /^\/a/ });
    server.listen(path);
    await once(server, 'listening');
    cleanUp(() => new Promise((resolve) => server.close(resolve)));
    expect(attached).toMatchObject({ address: path, url: `ws+unix:${path}:/` });
  });

  it('closes with 1011 what onConnection fails with, and tells onError with request and connection', async () => {
    const server = await listening(createServer());
    const told: [Error, ErrorContext | undefined][] = [];
    const onError = (error: Error, about?: ErrorContext): void => void told.push([error, about]);
    let connection: Connection<unknown> | undefined;
    const attached = attachForTest(server, { onError }, (ws) => {
      connection = ws;
      throw new Error('mine');
    });
    const ws = await dial(attached.url);
    expect(await ws.start()).toMatchObject({ code: 1011 });
    expect(told).toHaveLength(1);
    expect(told[0]?.[0].message).toBe('mine');
    expect(told[0]?.[1]?.connection).toBe(connection);
    expect(told[0]?.[1]?.request?.url).toBe('/');
  });

  it('refuses what is still being judged when it closes', async () => {
    const server = await listening(createServer());
    let isAsked = false;
    const attached = attachForTest(server, {
      authorize: () => {
        isAsked = true;
        return new Promise<never>(() => {});
      },
    });
    const dialling = rejection(dial(attached.url));
    while (!isAsked) await turns(1);
    await attached.close();
    expect(await dialling).toBeInstanceOf(HandshakeError);
    expect(await dialling).toMatchObject({ status: 503 });
  });

  it.each(['close', 'drain'] as const)('%s waits for an upgrade that is let in at that moment', async (end) => {
    // Between the answer 101 and the turn in which the application hears of the connection, however many steps that has.
    for (let steps = 0; steps < 12; steps++) {
      const server = await listening(createServer());
      let left: number | undefined;
      let ended: Promise<void> | undefined;
      const attached = attachForTest(server, {
        authorize: async () => {
          void afterSteps(steps).then(() => {
            ended = attached[end]().then(() => {
              left = attached.connections.size;
            });
          });
        },
      });
      const code = await dial(attached.url).then(
        async (ws) => (await ws.start()).code,
        ({ status }: HandshakeError) => status,
      );
      expect([503, 1001]).toContain(code);
      await ended;
      expect(left).toBe(0);
    }
  });
});

async function afterSteps(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await undefined;
}

describe('a framework in place of its server: it says where that is', () => {
  const attaching = (given: unknown) => (): unknown => attach(given as HttpServer, {}, () => {});
  const expected = 'server: an http.Server, https.Server or http2.Http2SecureServer expected, got ';

  it.each<[string, unknown, string]>([
    [
      'Fastify',
      { server: createServer(), listen() {} },
      'an object; give its server: attach(app.server, …), as with Fastify',
    ],
    [
      'Express',
      Object.assign(() => {}, { listen() {} }),
      'a function; give the server that listen returns: attach(app.listen(…), …), as with Express',
    ],
    ['a TCP server', createTcpServer(), 'an object of class Server'],
    ['anything else', { server: {} }, 'an object'],
    ['nothing', undefined, 'undefined'],
  ])('%s', (_, given, end) => {
    expect(attaching(given)).toThrow(new ConfigError(expected + end));
  });

  it('says no more of what cannot be read', () => {
    const get = (): never => {
      throw new Error('no');
    };
    expect(attaching(Object.defineProperty({}, 'server', { get }))).toThrow(new ConfigError(`${expected}an object`));
  });
});
