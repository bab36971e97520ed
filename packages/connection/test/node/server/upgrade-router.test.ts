import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dial } from '../../../src/node/client/dial.js';
import type { ConnectionHandler } from '../../../src/node/server/server.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';
import { deferred } from '../../support/connections.js';
import { turns } from '../../support/turns.js';
import { cleanUp, expectNothingLeft, RawClient, rejection, reset, TLS, upgradeRequest } from '../harness.js';
import { attachForTest, echo, echoed, listening, page, portOfHttp, statusOf } from './attaching.js';

expectNothingLeft();

describe('upgrades: paths', () => {
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
      const ws = await dial(`ws://127.0.0.1:${portOfHttp(server)}${path}`);
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
    const silent = RawClient.to(portOfHttp(server), upgradeRequest('', '/a'));
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
      'path: a function that returns true or false expected, got a promise, which has to be awaited first',
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

describe('upgrades: beside other listeners', () => {
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
    expect(await echoed(`ws://127.0.0.1:${portOfHttp(server)}/a`)).toBe('hello');
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
    const clients = ['/answered', '/read'].map((path) => RawClient.to(portOfHttp(server), upgradeRequest('', path)));
    while (sockets.length < 2) await turns(1);
    const gone = RawClient.to(portOfHttp(server), upgradeRequest('', '/gone'));
    while (sockets.length < 3) await turns(1);
    reset(gone.socket);
    expect(await statusOf(server, upgradeRequest('', '/ignored'))).toBe(404);
    expect(errors).toContainEqual(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(clients.map(({ text }) => text)).toEqual(['HTTP/1.1 101 \r\n\r\n', '']);
    const late = RawClient.to(portOfHttp(server), upgradeRequest('', '/ignored'));
    while (sockets.length < 5) await turns(1);
    await attached.close();
    expect(await late.head()).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('an error of a socket that they leave alone does not end the process', async () => {
    const server = await listening(createServer());
    const left = deferred<Socket>();
    server.on('upgrade', (_request, socket: Socket) => left.resolve(socket.resume()));
    attachForTest(server, { path: '/a' });
    const client = RawClient.to(portOfHttp(server), upgradeRequest('', '/b'));
    const socket = await left.promise;
    const closed = new Promise((resolve) => socket.on('close', resolve));
    reset(client.socket);
    await closed;
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

  it('asks once, however often somebody has put a function on top', async () => {
    const server = await listening(createServer());
    for (let i = 0; i < 5; i++) {
      const attached = attachForTest(server, {}, echo);
      const { emit } = server;
      server.emit = function wrapped(this: unknown, ...args: unknown[]): boolean {
        return Reflect.apply(emit, this, args);
      } as typeof emit;
      await attached.close();
    }
    let asked = 0;
    const path = (): boolean => {
      asked++;
      return false;
    };
    attachForTest(server, { path });
    expect(await statusOf(server, upgradeRequest())).toBe(404);
    expect(asked).toBe(1);
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
    const session = connectHttp2(`https://127.0.0.1:${portOfHttp(server as unknown as HttpServer)}`, { ca: TLS.cert });
    cleanUp(() => session.destroy());
    const stream = session.request({ ':path': '/' }).setEncoding('utf8');
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    expect(body).toBe('over h2');
  });
});

describe('upgrades: requests before an upgrade', () => {
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
      const client = RawClient.to(portOfHttp(server), pipelined);
      while (errors.length === 0) await turns(1);
      finish();
      await client.until(({ hasClosed, hasEnded }) => hasClosed || hasEnded);
      expect(client.text).not.toMatch(/ (101|404|500) /);
      expect(errors.pop()).toMatchObject({ code: 'BAD_REQUEST', status: undefined });
    }
    const h2c = upgradeRequest().replace('e: websocket', 'e: h2c');
    const other = RawClient.to(portOfHttp(server), `GET / HTTP/1.1\r\nHost: x\r\n\r\n${h2c}`);
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
    const client = RawClient.to(portOfHttp(server), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.until(({ text }) => text.includes('!'));
    client.socket.write(upgradeRequest());
    await client.until(({ text }) => text.includes('HTTP/1.1 101 '));
  });

  it('refuses one whose fields Node has dropped', async () => {
    const server = await listening(createServer(page));
    server.maxHeadersCount = 20;
    attachForTest(server, { path: '/a' });
    for (const target of ['/a', '/b']) {
      expect(await statusOf(server, upgradeRequest('A:\r\n'.repeat(30), target))).toBe(431);
    }
    // Some versions of Node know beforehand that this is an ordinary request.
    const h2c = upgradeRequest('A:\r\n'.repeat(30)).replace('e: websocket', 'e: h2c');
    expect([200, 431]).toContain(await statusOf(server, h2c));
  });
});
