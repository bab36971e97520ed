import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { dial } from '../../../src/node/client/dial.js';
import { type ServeOptions, serve } from '../../../src/node/server/serve.js';
import type { ServerErrorAction } from '../../../src/node/server/server.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import {
  cleanUp,
  expectNothingLeft,
  portOf,
  RawClient,
  rejection,
  reset,
  serveForTest,
  socketPath,
  TLS,
  upgradeRequest,
} from '../harness.js';

expectNothingLeft();

const echo = (connection: Connection): void => {
  connection.onMessage(1, (message, adapter) => adapter.dispatch(1, message.text()));
};

function get(port: number, path = '/'): Promise<{ status: number | undefined; headers: object; body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, path, host: '127.0.0.1' }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** What `onError` was called with, as it comes. */
class Errors {
  readonly all: [Error, IncomingMessage?][] = [];
  #onNext: (() => void)[] = [];
  readonly onError: ServerErrorAction = (error, { request } = {}): void => {
    this.all.push(request === undefined ? [error] : [error, request]);
    for (const resolve of this.#onNext.splice(0)) resolve();
  };
  async next(count = 1): Promise<Error> {
    while (this.all.length < count) await new Promise<void>((resolve) => this.#onNext.push(resolve));
    return (this.all[count - 1] as [Error])[0];
  }
}

async function client(url: string): Promise<{ connection: Connection; closed: ReturnType<Connection['start']> }> {
  const connection = await dial(url, { pingInterval: 0, tls: { ca: TLS.cert } });
  return { connection, closed: connection.start() };
}

describe('serve: listening', () => {
  it('on a free port, by default on every address', async () => {
    const server = await serve({}, echo);
    cleanUp(() => server.close());
    expect(portOf(server)).toBeGreaterThan(0);
    expect(server.url).toBe(`ws://127.0.0.1:${portOf(server)}/`);
    expect(server.address).toMatchObject({ port: portOf(server) });
    const { connection, closed } = await client(server.url);
    connection.close();
    await closed;
  });

  it('on a unix socket, with TLS, with a path', async () => {
    const path = socketPath();
    const unix = await serveForTest({ socketPath: path, path: '/in' });
    expect(unix).toMatchObject({ url: `ws+unix:${path}:/in`, address: path });
    const tls = await serveForTest({ tls: TLS, path: '/in' });
    expect(tls.url).toBe(`wss://127.0.0.1:${portOf(tls)}/in`);
  });

  it('says where it cannot listen, and what to do; the stack leads to the caller', async () => {
    const server = await serveForTest({});
    const port = portOf(server);
    async function caller(): Promise<void> {
      await serve({ port, host: '127.0.0.1' }, echo);
    }
    const taken = await rejection(caller());
    expect(taken).toMatchObject({ code: 'EADDRINUSE', cause: { code: 'EADDRINUSE', syscall: 'listen', port } });
    expect(taken.message).toMatch(`cannot listen on port ${port} of host "127.0.0.1": another server has that port`);
    expect(taken.stack).toMatch(/\n +at (async )?caller \(.*serve\.test\.ts:/);
    const path = socketPath();
    await serveForTest({ socketPath: path });
    const inUse = await rejection(serve({ socketPath: path }, echo));
    expect(inUse).toMatchObject({ code: 'EADDRINUSE', cause: { code: 'EADDRINUSE' } });
    expect(inUse.message).toContain(
      `cannot listen on socketPath ${JSON.stringify(path)}: another server listens there`,
    );
    const nowhere = await rejection(serve({ socketPath: '/no/such/folder/x.sock' }, echo));
    expect(nowhere).toMatchObject({ cause: { syscall: 'listen' } });
    expect(nowhere.message).toContain('the option socketPath');
    // Of an address for documentation, which no machine has (RFC 5737).
    const elsewhere = await rejection(serve({ host: '192.0.2.1' }, echo));
    expect(elsewhere).toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(elsewhere.message).toContain('cannot listen on port 0 of host "192.0.2.1": no interface of this machine');
  });

  it.each(['localhost:8080', '[::1]', '[::1]:80', 'http://localhost', ':80'])('a host is no %s', async (host) => {
    const error = await rejection(serve({ host }, echo));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain('host: a name or an address without a port');
  });

  it.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { path: 'echo' },
    { path: '' },
    { path: '/a?b' },
    { path: '/a#b' },
    { port: '80a' as unknown as number },
    { hosts: [] },
    { maxFragments: 0 },
    { enableCompress: { windowBits: 99 } },
    { tls: { key: 'no key', cert: 'no certificate' } },
  ] as ServeOptions[])('rejects with ConfigError for %j', async (options) => {
    expect(await rejection(serve(options, echo))).toBeInstanceOf(ConfigError);
  });

  it('its signal closes it', async () => {
    const controller = new AbortController();
    const server = await serve({ host: '127.0.0.1', signal: controller.signal }, echo);
    const { closed } = await client(server.url);
    controller.abort();
    expect(await closed).toMatchObject({ code: 1001, wasClean: true });
    await server.close();
    const early = rejection(serve({ signal: AbortSignal.abort() }, echo));
    expect((await early).name).toBe('AbortError');
    const meanwhile = new AbortController();
    const starting = rejection(serve({ signal: meanwhile.signal }, echo));
    meanwhile.abort();
    expect((await starting).name).toBe('AbortError');
  });

  it('is disposed of by closing', async () => {
    const server = await serve({ host: '127.0.0.1' }, echo);
    const { closed } = await client(server.url);
    expect(typeof Symbol.asyncDispose).toBe('symbol');
    await server[Symbol.asyncDispose]();
    expect(await closed).toMatchObject({ code: 1001 });
  });
});

describe('serve: requests', () => {
  it('answers 426 to what is no upgrade', async () => {
    const server = await serveForTest({});
    const { status, headers } = await get(portOf(server));
    expect(status).toBe(426);
    expect(headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade, close' });
  });

  it('hands it to onRequest, beside the connections', async () => {
    const server = await serveForTest({ path: '/ws', onRequest: (_, response) => response.end('page') }, echo);
    expect(await get(portOf(server))).toMatchObject({ status: 200, body: 'page' });
    const { connection, closed } = await client(server.url);
    connection.close();
    await closed;
  });

  it.each(['throws', 'rejects'])('answers 500 when onRequest %s', async (how) => {
    const errors = new Errors();
    const onRequest = (): Promise<void> => {
      if (how === 'throws') throw new Error('s3cret');
      return Promise.reject(new Error('s3cret'));
    };
    const server = await serveForTest({ onRequest, onError: errors.onError });
    const { status, body } = await get(portOf(server));
    expect([status, body]).toEqual([500, 'Internal error\n']);
    expect((await errors.next()).message).toBe('s3cret');
    expect(errors.all[0]?.[1]?.url).toBe('/');
  });

  it('cuts an answer off that onRequest leaves half done', async () => {
    const server = await serveForTest({
      onRequest: (_, response) => {
        response.write('half');
        throw new Error('now');
      },
    });
    expect(await rejection(get(portOf(server)))).toMatchObject({ code: 'ECONNRESET' });
  });

  it('answers 404 to an upgrade elsewhere, and tells onError', async () => {
    const errors = new Errors();
    const server = await serveForTest({ path: '/ws', onError: errors.onError });
    const elsewhere = server.url.replace('/ws', '/other');
    expect(await rejection(dial(elsewhere))).toMatchObject({ status: 404 });
    expect(await errors.next()).toMatchObject({ name: 'HandshakeError', status: 404 });
    expect(errors.all[0]?.[1]?.url).toBe('/other');
    const { connection, closed } = await client(`${server.url}?query`);
    connection.close();
    await closed;
  });

  it.each([
    ['/caf\u00e9', ['/caf%C3%A9', '/caf%c3%a9', '/%63af%C3%A9?query', '/x/../caf%C3%A9']],
    ['/caf%c3%a9', ['/caf%C3%A9']],
    ['/a b', ['/a%20b', '/./a%20b']],
    ['/a/../b', ['/b']],
    ['/chat', ['/chat', 'http://localhost/chat', 'ws://localhost/chat?query', '/%63hat']],
    ['/', ['/', 'http://localhost', '/?query']],
    ['/100%', ['/100%', '/100%25']],
  ])('compares the path %s after normalisation', async (path, targets) => {
    const server = await serveForTest({ path });
    for (const target of targets) {
      const raw = RawClient.to(portOf(server), upgradeRequest('', target));
      expect(await raw.head()).toMatch(/^HTTP\/1\.1 101 /);
      raw.socket.destroy();
    }
    for (const target of ['/other', 'http://localhost/other', `${targets[0]}/`, '/a%2520b']) {
      expect(await RawClient.to(portOf(server), upgradeRequest('', target)).head()).toMatch(/^HTTP\/1\.1 404 /);
    }
    for (const target of ['*', '/#x', '/chat#']) {
      expect(await RawClient.to(portOf(server), upgradeRequest('', target)).head()).toMatch(/^HTTP\/1\.1 400 /);
    }
    const { connection, closed } = await client(server.url);
    connection.close();
    await closed;
  });

  describe('an upgrade to something else is an ordinary request', () => {
    const h2c = (method: string, more: string, protocol = 'h2c'): string =>
      `${method} /page HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\n${more}`;

    const page: ServeOptions['onRequest'] = async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.end(`${request.method} ${request.url} ${request.headers.upgrade} ${body}!`);
    };

    it.each([
      ['GET', h2c('GET', '\r\n'), 'GET /page h2c !'],
      ['POST', h2c('POST', 'Content-Length: 5\r\n\r\nhello'), 'POST /page h2c hello!'],
      ['chunks', h2c('POST', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'), 'POST /page h2c hello!'],
      ['a list that is no handshake', h2c('GET', '\r\n', 'h2c, websocket'), 'GET /page h2c, websocket !'],
      ['a name that is near', h2c('GET', '\r\n', 'websocket2'), 'GET /page websocket2 !'],
    ])('%s', async (_what, wire, expected) => {
      const server = await serveForTest({ path: '/ws', onRequest: page });
      const raw = RawClient.to(portOf(server), wire);
      await raw.until(({ text, hasEnded }) => text.endsWith('!') || hasEnded);
      expect(raw.text).toMatch(/^HTTP\/1\.1 200 /);
      expect(raw.text).toContain(expected);
    });

    it('a body that comes later, and nothing is answered that came with it', async () => {
      const server = await serveForTest({ onRequest: page });
      const raw = RawClient.to(portOf(server), h2c('POST', 'Content-Length: 5\r\n\r\nhe'));
      raw.socket.write(`lloGET /lost HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await raw.until(({ hasEnded }) => hasEnded);
      expect(raw.text).toContain('POST /page h2c hello!');
      expect(raw.text).toMatch(/^Connection: close\r$/m);
      expect(raw.text.match(/HTTP\/1/g)).toHaveLength(1);
    });

    it('over TLS, and without onRequest: 426', async () => {
      const server = await serveForTest({ tls: TLS });
      const socket = connectTls({ port: portOf(server), host: '127.0.0.1', ca: TLS.cert });
      const raw = new RawClient(socket);
      socket.write(h2c('GET', '\r\n'));
      expect(await raw.head()).toMatch(/^HTTP\/1\.1 426 /);
    });

    it('but for a list with WebSocket that is a handshake, and WebSocket alone', async () => {
      const server = await serveForTest({ onRequest: page });
      const list = upgradeRequest().replace('Upgrade: websocket', 'Upgrade: h2c, WebSocket');
      expect(await RawClient.to(portOf(server), list).head()).toMatch(/^HTTP\/1\.1 101 /);
      const post = RawClient.to(portOf(server), upgradeRequest().replace('GET', 'POST'));
      expect(await post.head()).toMatch(/^HTTP\/1\.1 405 /);
    });
  });

  it('refuses a request to another host', async () => {
    const errors = new Errors();
    const server = await serveForTest({ hosts: ['localhost', `127.0.0.1:1`], onError: errors.onError });
    expect(await RawClient.to(portOf(server), upgradeRequest()).head()).toMatch(/^HTTP\/1\.1 101 /);
    expect(await rejection(dial(server.url))).toMatchObject({ status: 421 });
    expect(await errors.next()).toMatchObject({ code: 'HOST_REFUSED' });
  });

  it('a port may be text', async () => {
    expect(portOf(await serveForTest({ port: '0' }))).toBeGreaterThan(0);
  });

  it('refuses what takeOver refuses, and tells onError, whatever that does', async () => {
    let told = 0;
    const server = await serveForTest({
      headerVerify: () => false,
      onError: () => {
        if (told++ === 0) throw new Error('in onError');
        return Promise.reject(new Error('in onError, later'));
      },
    });
    for (let i = 0; i < 2; i++) expect(await rejection(dial(server.url))).toMatchObject({ status: 401 });
    while (told < 2) await turns(1);
    await turns(3);
    const silent = await serveForTest({ headerVerify: () => false });
    expect(await rejection(dial(silent.url))).toMatchObject({ status: 401 });
  });

  it('does not write into an answer that is still under way', async () => {
    const errors = new Errors();
    let finish = (): void => {};
    const server = await serveForTest({
      onError: errors.onError,
      onRequest: (_, response) => {
        finish = () => response.end('slow');
      },
    });
    const raw = RawClient.to(portOf(server), `GET / HTTP/1.1\r\nHost: x\r\n\r\n${upgradeRequest()}`);
    expect(await errors.next()).toBeInstanceOf(HandshakeError);
    finish();
    await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
    expect(raw.text).not.toContain('101');
  });

  it('takes an upgrade on a connection that had a request before', async () => {
    const server = await serveForTest({ onRequest: (_, response) => response.end('page') });
    const raw = RawClient.to(portOf(server), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await raw.until(({ text }) => text.includes('page'));
    raw.socket.write(upgradeRequest());
    await raw.until(({ text }) => text.includes('HTTP/1.1 101 '));
  });

  it.each([
    ['nothing', ''],
    ['half a head', upgradeRequest().slice(0, -2)],
  ])('cuts off a client that sends %s', async (_name, wire) => {
    const server = await serveForTest({ timeout: { handshake: 100 } });
    const raw = RawClient.to(portOf(server), wire);
    await raw.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
    expect(raw.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('cuts off a client that never begins with TLS', async () => {
    const server = await serveForTest({ tls: TLS, timeout: { handshake: 100 } });
    const raw = RawClient.to(portOf(server));
    await raw.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
  });

  it.each([
    ['garbage', '\x16\x03\x01garbage\r\n\r\n'],
    ['a head without end', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5000)}`],
    ['a reset in the middle', 'GET / HT'],
  ])('survives %s', async (name, wire) => {
    for (const options of [{}, { tls: TLS }]) {
      const server = await serveForTest(options);
      const raw = RawClient.to(portOf(server), wire);
      if (name.includes('reset')) {
        await once(raw.socket, 'connect');
        reset(raw.socket);
      } else {
        raw.socket.end();
      }
      await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
      const { connection, closed } = await client(server.url);
      connection.close();
      await closed;
    }
  });

  it('survives clients that reset at every point of the handshake', async () => {
    const server = await serveForTest({ headerVerify: async () => true }, echo);
    const wire = upgradeRequest();
    const sockets = [0, 1, 20, wire.length - 1, wire.length, wire.length].map((length) => {
      const socket = connect(portOf(server), '127.0.0.1', () => {
        if (length === 0) socket.resetAndDestroy();
        else socket.write(wire.slice(0, length), () => setImmediate(() => socket.resetAndDestroy()));
      });
      return once(
        socket.on('error', () => {}),
        'close',
      );
    });
    await Promise.all(sockets);
    const { connection, closed } = await client(server.url);
    connection.close();
    await closed;
    while (server.connections.size > 0) await turns(1);
  });
});

describe('serve: onConnection', () => {
  it('starts the connection when it has returned, or what it returns has resolved', async () => {
    let isReady = false;
    let finish = (): void => {};
    const server = await serveForTest({}, async (connection, request) => {
      expect((request as IncomingMessage).url).toBe('/');
      expect(connection.isStarted).toBe(false);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      echo(connection);
      isReady = true;
    });
    const { connection, closed } = await client(server.url);
    const answers: [string, boolean][] = [];
    connection.onMessage(1, (message) => {
      answers.push([message.text(), isReady]);
      connection.close();
    });
    connection.dispatch(1, 'early');
    await turns(20);
    expect(answers).toEqual([]);
    finish();
    await closed;
    expect(answers).toEqual([['early', true]]);
  });

  it('leaves a connection alone that it has started itself, and may wait for its end', async () => {
    const infos: unknown[] = [];
    const errors = new Errors();
    const server = await serveForTest({ onError: errors.onError }, async (connection) => {
      echo(connection);
      infos.push(await connection.start());
    });
    const { connection, closed } = await client(server.url);
    connection.close(4000, 'done');
    expect(await closed).toMatchObject({ code: 4000, reason: 'done', wasClean: true });
    while (infos.length === 0) await turns(1);
    expect(infos).toEqual([{ code: 4000, reason: 'done', wasClean: true }]);
    expect(errors.all).toEqual([]);
  });

  it.each(['throws', 'rejects'])('closes with 1011 when it %s, and tells onError', async (how) => {
    const errors = new Errors();
    const server = await serveForTest({ onError: errors.onError }, () => {
      if (how === 'throws') throw new Error('mine');
      return Promise.reject(new Error('mine'));
    });
    const { closed } = await client(server.url);
    expect(await closed).toMatchObject({ code: 1011, reason: 'internal error', wasClean: true });
    expect((await errors.next()).message).toBe('mine');
    while (server.connections.size > 0) await turns(1);
  });

  it('knows the connections that are open', async () => {
    const server = await serveForTest({}, echo);
    const clients = [await client(server.url), await client(server.url)];
    expect(server.connections.size).toBe(2);
    for (const { connection } of clients) connection.close();
    for (const { closed } of clients) await closed;
    while (server.connections.size > 0) await turns(1);
  });
});

describe('serve: the end', () => {
  it.each([
    ['TCP', {}],
    ['TLS', { tls: TLS }],
  ])('drain closes with 1001, and answers upgrades with 503; it listens on: %s', async (_name, options) => {
    const server = await serveForTest(options, echo);
    const clients = [await client(server.url), await client(server.url)];
    await server.drain();
    for (const { closed } of clients) expect(await closed).toEqual({ code: 1001, reason: '', wasClean: true });
    expect(server.connections.size).toBe(0);
    expect(await rejection(dial(server.url, { tls: { ca: TLS.cert } }))).toMatchObject({ status: 503 });
    await server.drain();
    await server.close();
    expect(server.url).toMatch(/^wss?:/);
    expect(await rejection(dial(server.url))).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('drain closes in stages, and refuses others meanwhile; given up, it leaves the rest and takes others in again', async () => {
    const server = await serveForTest({});
    for (let i = 0; i < 5; i++) void (await dial(server.url)).start();
    const abort = new AbortController();
    const drained = rejection(server.drain({ code: 1012, batch: 2, interval: 60_000, signal: abort.signal }));
    while (server.connections.size > 3) await turns(1);
    expect(await rejection(dial(server.url))).toMatchObject({ status: 503 });
    abort.abort(new Error('never mind'));
    expect(await drained).toMatchObject({ message: 'never mind' });
    expect(server.connections.size).toBe(3);
    const another = await dial(server.url);
    void another.start();
    expect(server.connections.size).toBe(4);
    await server.drain({ batch: 1, interval: 1 });
    expect(server.connections.size).toBe(0);
  });

  it.each([0, 1])('two drains at once, number %d given up: nobody comes in, and the other ends', async (which) => {
    const server = await serveForTest({});
    const silent = RawClient.to(portOf(server), upgradeRequest());
    await silent.head();
    const aborts = [new AbortController(), new AbortController()];
    const drains = aborts.map(({ signal }, i) => server.drain({ deadline: i === which ? 60_000 : 50, signal }));
    aborts[which]!.abort(new Error('never mind'));
    expect(await rejection(drains[which]!)).toMatchObject({ message: 'never mind' });
    expect(await rejection(dial(server.url))).toMatchObject({ status: 503 });
    await drains[1 - which];
    expect(server.connections.size).toBe(0);
    expect(await rejection(dial(server.url))).toMatchObject({ status: 503 });
  });

  it('all drains given up, one after the other: it takes others in again after the last', async () => {
    const server = await serveForTest({});
    const silent = RawClient.to(portOf(server), upgradeRequest());
    await silent.head();
    for (let round = 0; round < 2; round++) {
      const aborts = [new AbortController(), new AbortController(), new AbortController()];
      const drains = aborts.map(({ signal }) => rejection(server.drain({ signal })));
      for (const [i, abort] of aborts.entries()) {
        expect(await rejection(dial(server.url))).toMatchObject({ status: 503 });
        abort.abort(new Error('never mind'));
        await drains[i];
      }
      const late = await client(server.url);
      late.connection.close();
      expect(await late.closed).toMatchObject({ code: 1000 });
    }
  });

  it('drain ends at the deadline who does not answer', async () => {
    const server = await serveForTest({});
    const client = RawClient.to(portOf(server));
    client.socket.write(upgradeRequest());
    while (server.connections.size === 0) await turns(1);
    await server.drain({ deadline: 30 });
    expect(server.connections.size).toBe(0);
    expect(await rejection(server.drain({ batch: 0 }))).toBeInstanceOf(ConfigError);
  });

  it('drain says another code and reason, and nothing that may not be said', async () => {
    const server = await serveForTest({}, echo);
    const { closed } = await client(server.url);
    expect((await rejection(server.drain({ code: 1005 }))).message).toMatch(
      /^code: a close code that may be sent.*1005$/,
    );
    expect((await rejection(server.drain({ reason: 'x'.repeat(124) }))).message).toMatch(/^reason: .*123 bytes/);
    const other = await client(server.url);
    await server.drain({ code: 4001, reason: 'moving' });
    for (const ended of [closed, other.closed]) {
      expect(await ended).toEqual({ code: 4001, reason: 'moving', wasClean: true });
    }
  });

  it.each([
    ['TCP', {}],
    ['TLS', { tls: TLS }],
  ])('refuses upgrades that are still being verified: %s', async (_name, options) => {
    let begun = 0;
    const server = await serveForTest({
      ...options,
      headerVerify: () => {
        begun++;
        return new Promise(() => {});
      },
    });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const dials = Array.from({ length: 20 }, () => rejection(dial(server.url, { tls: { ca: TLS.cert } })));
    while (begun < 20) await turns(1);
    await Promise.all([server.close(), server.close()]);
    for (const error of await Promise.all(dials)) expect(error).toMatchObject({ status: 503 });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('closes a connection that onConnection has not started, and one that it is about to', async () => {
    let finish = (): void => {};
    const errors = new Errors();
    const server = await serveForTest({ onError: errors.onError }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const { closed } = await client(server.url);
    const closing = server.close();
    expect(await closed).toMatchObject({ code: 1001, wasClean: true });
    finish();
    await closing;
    expect(errors.all).toEqual([]);
  });

  it.each([
    ['TCP', {}],
    ['TLS', { tls: TLS }],
  ])('close ends everything: silent clients, idle ones, ones half-way: %s', async (_name, options) => {
    const server = await serveForTest({ ...options, timeout: { close: 100 } }, echo);
    const isTls = 'tls' in options;
    const open = (): RawClient => {
      const target = { port: portOf(server), host: '127.0.0.1' };
      return new RawClient(isTls ? connectTls({ ...target, ca: TLS.cert }) : connect(target));
    };
    // In this order: when the last one is answered, the server has accepted them all.
    const idle = RawClient.to(portOf(server));
    await once(idle.socket, 'connect');
    const half = open();
    half.socket.write('GET / HTTP');
    await once(half.socket, isTls ? 'secureConnect' : 'connect');
    const silent = open();
    silent.socket.write(upgradeRequest());
    await silent.head();
    await server.close();
    for (const raw of [silent, half, idle]) await raw.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
    // A Close with 1001.
    expect(silent.bytes.subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xe9]));
  });

  it('close does not wait for a slow answer', async () => {
    let isAsked = false;
    const server = await serveForTest({
      onRequest: () => {
        isAsked = true;
      },
    });
    const getting = rejection(get(portOf(server)));
    while (!isAsked) await turns(1);
    await server.close();
    expect(await getting).toMatchObject({ code: 'ECONNRESET' });
  });
});
