import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { dial } from '../../../src/node/client/dial.js';
import { type AttachOptions, attach } from '../../../src/node/server/attach.js';
import { serve } from '../../../src/node/server/serve.js';
import type { ConnectionHandler, ErrorContext, Server } from '../../../src/node/server/server.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import {
  cleanUp,
  expectNothingLeft,
  RawClient,
  rejection,
  reset,
  socketPath,
  TLS,
  upgradeRequest,
} from '../harness.js';

expectNothingLeft();

const page = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  response.end(`${request.method} ${request.url} ${body}!`);
};

const KINDS: [name: string, create: () => HttpServer, isSecure: boolean][] = [
  ['http', () => createServer(page), false],
  ['https', () => createHttpsServer(TLS, page), true],
  [
    'http2',
    () => createSecureServer({ ...TLS, allowHTTP1: true }, page as unknown as () => void) as unknown as HttpServer,
    true,
  ],
];

async function listening<S extends HttpServer>(server: S): Promise<S> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return server;
}

const portOf = (server: HttpServer): number => (server.address() as AddressInfo).port;

function attachForTest<Data = undefined>(
  server: HttpServer,
  options: AttachOptions<Data> = {},
  onConnection: ConnectionHandler<Data> = () => {},
): Server<NoInfer<Data>> {
  const attached = attach(server, options, onConnection);
  cleanUp(() => attached.close());
  return attached;
}

const echo = (ws: Connection<unknown>): void => {
  ws.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
};

/** What a server echoes. */
async function echoed(url: string, text = 'hello'): Promise<string> {
  const ws = await dial(url, { pingInterval: 0, tls: { ca: TLS.cert } });
  let answer = '';
  ws.onMessage(1, (message) => {
    answer = message.text();
    ws.close();
  });
  ws.onReady((adapter) => adapter.dispatch(1, text));
  await ws.start();
  return answer;
}

function rawTo(server: HttpServer, isSecure: boolean, wire?: string): RawClient {
  const target = { port: portOf(server), host: '127.0.0.1' };
  const socket = isSecure
    ? connectTls({ ...target, ca: TLS.cert, ALPNProtocols: ['http/1.1'] })
    : connect({ ...target, allowHalfOpen: true });
  const client = new RawClient(socket);
  if (wire !== undefined) socket.write(wire, 'latin1');
  return client;
}

async function statusOf(server: HttpServer, wire: string, isSecure = false): Promise<number> {
  const client = rawTo(server, isSecure, wire);
  const head = await client.head();
  client.socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]);
}

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
    expect(attached.url).toBe(`${isSecure ? 'wss' : 'ws'}://127.0.0.1:${portOf(server)}/in`);
    expect(attached.address).toMatchObject({ port: portOf(server) });
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
      const target = { port: portOf(server), host: '127.0.0.1' };
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

describe('attach: paths', () => {
  it('the first that was attached takes an upgrade; without a path, what is left', async () => {
    const server = await listening(createServer());
    const taken: string[] = [];
    const at = (name: string): ConnectionHandler<undefined> => {
      return (ws) => {
        taken.push(name);
        ws.close();
      };
    };
    const first = attachForTest(server, { path: '/a' }, at('first'));
    attachForTest(server, { path: /^\/[ab]$/ }, at('second'));
    attachForTest(server, {}, at('rest'));
    attachForTest(server, { path: '/c' }, at('never'));
    const visit = async (path: string): Promise<string | undefined> => {
      const ws = await dial(`ws://127.0.0.1:${portOf(server)}${path}`);
      await ws.start();
      return taken.pop();
    };
    expect(await visit('/a?x')).toBe('first');
    expect(await visit('/b')).toBe('second');
    expect(await visit('/c')).toBe('rest');
    await first.close();
    expect(await visit('/a')).toBe('second');
  });

  it('one that is closing comes last: another of the same path has the upgrades', async () => {
    const server = await listening(createServer());
    const old = attachForTest(server, { path: '/a' });
    const silent = RawClient.to(portOf(server), upgradeRequest('', '/a'));
    await silent.head();
    const closing = old.close();
    expect(await statusOf(server, upgradeRequest('', '/a'))).toBe(503);
    attachForTest(server, { path: '/a' }, echo);
    expect(await statusOf(server, upgradeRequest('', '/a'))).toBe(101);
    silent.socket.destroy();
    await closing;
    expect(await statusOf(server, upgradeRequest('', '/a'))).toBe(101);
  });

  it('a path that is a function sees the URL; one that fails is answered with 500 by its own', async () => {
    const server = await listening(createServer());
    const urls: string[] = [];
    const failure = new Error('s3cret');
    const errors: Error[] = [];
    const onError = (error: Error): void => void errors.push(error);
    const isOwn = ({ href, pathname, searchParams }: URL): boolean => {
      urls.push(href);
      if (pathname === '/throws') throw failure;
      if (pathname === '/odd') return Promise.reject(failure) as unknown as boolean;
      return searchParams.get('room') === '1';
    };
    attachForTest(server, { path: isOwn, onError });
    attachForTest(server, { path: '/other' });
    expect(await statusOf(server, upgradeRequest('', '/x/../caf%c3%a9?room=1'))).toBe(101);
    expect(urls.pop()).toBe('ws://localhost/caf%C3%A9?room=1');
    expect(await statusOf(server, upgradeRequest('', 'http://example.com:81/?room=1'))).toBe(101);
    expect(urls.pop()).toBe('ws://example.com:81/?room=1');
    expect(await statusOf(server, upgradeRequest('', '/?room=2'))).toBe(404);
    expect(await statusOf(server, upgradeRequest('', '/other'))).toBe(101);
    errors.length = 0;
    expect(await statusOf(server, upgradeRequest('', '/throws'))).toBe(500);
    expect(await statusOf(server, upgradeRequest('', '/odd'))).toBe(500);
    while (errors.length < 2) await turns(1);
    expect(errors).toEqual([
      expect.objectContaining({ code: 'FAILED', status: 500, cause: failure }),
      expect.objectContaining({ code: 'FAILED', cause: expect.any(ConfigError) }),
    ]);
    expect(((errors[1] as Error).cause as Error).message).toBe(
      'path: a function that returns true or false expected, got [object Promise]',
    );
  });

  it('a request that is no handshake is refused as one, not because of its path', async () => {
    const server = await listening(createServer());
    attachForTest(server, { path: '/a' });
    attachForTest(server, { path: () => true });
    const host = (name: string): string => upgradeRequest('', '/b').replace('localhost', name);
    expect(await statusOf(server, upgradeRequest('', '/b').replace('GET', 'POST'))).toBe(405);
    expect(await statusOf(server, upgradeRequest('', '*'))).toBe(400);
    expect(await statusOf(server, host('a/b'))).toBe(400);
    expect(await statusOf(server, host('user@a'))).toBe(400);
    expect(await statusOf(server, host('1.2.3.999'))).toBe(400);
    expect(await statusOf(server, host('a'))).toBe(101);
  });
});

describe('attach: beside other listeners', () => {
  it('what is taken is hidden from them; what is not is theirs', async () => {
    const server = await listening(createServer());
    const seen: (string | undefined)[] = [];
    const refuseAll = (request: IncomingMessage, socket: Socket): void => {
      seen.push(request.url);
      socket.end('HTTP/1.1 418 \r\n\r\n');
    };
    server.on('upgrade', refuseAll);
    attachForTest(server, { path: '/a' }, echo);
    server.prependListener('upgrade', refuseAll);
    expect(await echoed(`ws://127.0.0.1:${portOf(server)}/a`)).toBe('hello');
    expect(seen).toEqual([]);
    server.off('upgrade', refuseAll);
    expect(await statusOf(server, upgradeRequest('', '/b'))).toBe(418);
    expect(await statusOf(server, upgradeRequest('', '/a').replace('e: websocket', 'e: h2c'))).toBe(418);
    expect(seen).toEqual(['/b', '/a']);
  });

  it('what they leave alone is answered with 404 after a while', async () => {
    const server = await listening(createServer());
    const errors: Error[] = [];
    const onError = (error: Error): void => void errors.push(error);
    const sockets: Socket[] = [];
    server.on('upgrade', ({ url }: IncomingMessage, socket: Socket) => {
      sockets.push(socket);
      if (url === '/answered') socket.write('HTTP/1.1 101 \r\n\r\n');
      if (url === '/read') socket.on('data', () => {});
    });
    const attached = attachForTest(server, { path: '/a', onError, timeout: { handshake: 50 } });
    const clients = ['/answered', '/read'].map((path) => RawClient.to(portOf(server), upgradeRequest('', path)));
    while (sockets.length < 2) await turns(1);
    const gone = RawClient.to(portOf(server), upgradeRequest('', '/gone'));
    while (sockets.length < 3) await turns(1);
    reset(gone.socket);
    expect(await statusOf(server, upgradeRequest('', '/ignored'))).toBe(404);
    expect(errors).toContainEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(clients.map(({ text }) => text)).toEqual(['HTTP/1.1 101 \r\n\r\n', '']);
    const late = RawClient.to(portOf(server), upgradeRequest('', '/ignored'));
    while (sockets.length < 5) await turns(1);
    await attached.close();
    expect(await late.head()).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('leaves a function in place that somebody has put on top, and takes no more', async () => {
    const server = await listening(createServer(page));
    const attached = attachForTest(server, {}, echo);
    const { emit } = server;
    const wrapped = function wrapped(this: unknown, ...args: unknown[]): boolean {
      return Reflect.apply(emit, this, args);
    };
    server.emit = wrapped as typeof emit;
    expect(await echoed(attached.url)).toBe('hello');
    const { url } = attached;
    await attached.close();
    expect(server.emit).toBe(wrapped);
    expect(await rejection(dial(url))).toMatchObject({ status: 200 });
    attachForTest(server, {}, echo);
    expect(await echoed(url)).toBe('hello');
  });

  it("leaves the owner's function emit, and works where somebody goes round its own", async () => {
    const server = await listening(createServer());
    const own = server.emit.bind(server);
    server.emit = own as typeof server.emit;
    const attached = attachForTest(server, {}, echo);
    const hooked = server.emit;
    server.emit = own as typeof server.emit;
    expect(await echoed(attached.url)).toBe('hello');
    server.emit = hooked;
    await attached.close();
    expect(server.emit).toBe(own);
  });

  it("leaves the owner's shouldUpgradeCallback", async () => {
    const shouldUpgradeCallback = (): boolean => true;
    const server = (await listening(createServer({ shouldUpgradeCallback } as object, page))) as HttpServer & {
      shouldUpgradeCallback?: unknown;
    };
    const before = server.shouldUpgradeCallback;
    const attached = attachForTest(server, { path: '/a' });
    expect(server.shouldUpgradeCallback).toBe(before);
    expect(await statusOf(server, upgradeRequest('', '/page').replace('e: websocket', 'e: h2c'))).toBe(200);
    await attached.close();
    expect(server.shouldUpgradeCallback).toBe(before);
  });

  it('HTTP/2 goes on beside it', async () => {
    const server = createSecureServer({ ...TLS, allowHTTP1: true });
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('over h2');
    });
    await listening(server as unknown as HttpServer);
    attachForTest(server as unknown as HttpServer, {}, echo);
    const session = connectHttp2(`https://127.0.0.1:${portOf(server as unknown as HttpServer)}`, { ca: TLS.cert });
    cleanUp(() => session.destroy());
    const stream = session.request({ ':path': '/' }).setEncoding('utf8');
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    expect(body).toBe('over h2');
  });
});

describe('attach: requests before an upgrade', () => {
  it('does not write into an answer that is still under way', async () => {
    const unanswered: ServerResponse[] = [];
    const finish = (): void => {
      for (const response of unanswered.splice(0)) response.end('slow');
    };
    const server = await listening(createServer((_request, response) => void unanswered.push(response)));
    const errors: Error[] = [];
    const onError = (error: Error): void => void errors.push(error);
    const path = ({ pathname }: URL): boolean => {
      if (pathname === '/throws') throw new Error('mine');
      return pathname === '/';
    };
    attachForTest(server, { onError, path });
    for (const target of ['/', '/elsewhere', '/throws']) {
      const pipelined = `GET / HTTP/1.1\r\nHost: x\r\n\r\n${upgradeRequest('', target)}`;
      const client = RawClient.to(portOf(server), pipelined);
      while (errors.length === 0) await turns(1);
      finish();
      await client.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
      expect(client.text).not.toMatch(/ (101|404|500) /);
      expect(errors.pop()).toMatchObject({ code: 'BAD_REQUEST', status: undefined });
    }
    const h2c = upgradeRequest().replace('e: websocket', 'e: h2c');
    const other = RawClient.to(portOf(server), `GET / HTTP/1.1\r\nHost: x\r\n\r\n${h2c}`);
    // Some versions of Node know beforehand that it is an ordinary request; of others its connection is ended.
    while (!other.hasClosed && !other.hasEnded && (other.text.match(/slow/g) ?? []).length < 2) {
      finish();
      await turns(1);
    }
    expect(other.text).not.toContain(' 101 ');
  });

  it('takes one that follows an answer', async () => {
    const server = await listening(createServer(page));
    attachForTest(server);
    const client = RawClient.to(portOf(server), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until(({ text }) => text.includes('!'));
    client.socket.write(upgradeRequest());
    await client.until(({ text }) => text.includes('HTTP/1.1 101 '));
  });

  it('refuses one whose fields Node has dropped', async () => {
    const server = await listening(createServer());
    server.maxHeadersCount = 20;
    attachForTest(server, { path: '/a' });
    for (const target of ['/a', '/b']) {
      expect(await statusOf(server, upgradeRequest('A:\r\n'.repeat(30), target))).toBe(431);
    }
    const h2c = upgradeRequest('A:\r\n'.repeat(30)).replace('e: websocket', 'e: h2c');
    const client = RawClient.to(portOf(server), h2c);
    cleanUp(() => void client.socket.destroy());
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
});
