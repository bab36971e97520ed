import { once } from 'node:events';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { computeAccept } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { takeOver } from '../../../src/node/server/take-over.js';
import type { ConnectionOptions } from '../../../src/options/options.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import { cleanUp, expectNothingLeft, RawClient, rejection, reset, upgradeRequest } from '../harness.js';

expectNothingLeft();

interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Uint8Array;
}

/** An HTTP server of one's own, and the upgrades that have come. */
async function upgrades(): Promise<{ port: number; next(): Promise<Upgrade>; open(): Promise<number> }> {
  const server: HttpServer = createServer();
  const queue: Upgrade[] = [];
  const waiting: ((upgrade: Upgrade) => void)[] = [];
  server.on('upgrade', (request, socket, head) => {
    // As long as nobody has taken it over, its errors are the application's.
    socket.on('error', () => {});
    const resolve = waiting.shift();
    if (resolve === undefined) queue.push({ request, socket, head });
    else resolve({ request, socket, head });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    port: (server.address() as AddressInfo).port,
    next: async () => queue.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    open: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
  };
}

async function answerTo(wire: string, options?: ConnectionOptions): Promise<[RawClient, Promise<Connection>]> {
  const { port, next } = await upgrades();
  const client = RawClient.to(port, wire);
  const { request, socket, head } = await next();
  const taking = takeOver(request, socket, head, options);
  taking.catch(() => {});
  cleanUp(() => void socket.destroy());
  return [client, taking];
}

/** What a refused client gets, and what the server is told. */
async function refused(wire: string, options?: ConnectionOptions): Promise<[string, HandshakeError]> {
  const [client, taking] = await answerTo(wire, options);
  const error = await rejection(taking);
  await client.until(({ hasEnded }) => hasEnded);
  client.socket.end();
  await client.until(({ hasClosed }) => hasClosed);
  expect(client.error).toBeUndefined();
  return [client.text, error as HandshakeError];
}

const without = (field: string): string => upgradeRequest().replace(new RegExp(`${field}: .*\r\n`), '');
const never = (): Promise<boolean> => new Promise(() => {});
const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);

describe('takeOver', () => {
  it('answers as RFC 6455 §1.3 has it', async () => {
    const [client, taking] = await answerTo(upgradeRequest());
    const connection = await taking;
    expect(await client.head()).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    expect(connection).toMatchObject({ isClient: false, protocol: '', extensions: {}, url: undefined });
  });

  it('computes the answer with a magic key', async () => {
    const [client] = await answerTo(upgradeRequest(), { magicKey: 'mine' });
    expect(await client.head()).toContain(computeAccept('dGhlIHNhbXBsZSBub25jZQ==', 'mine'));
  });

  it('takes the first of its sub-protocols that was offered', async () => {
    const offer = upgradeRequest('Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c\r\n');
    const [client, taking] = await answerTo(offer, { protocols: ['x', 'c', 'a'] });
    expect((await taking).protocol).toBe('c');
    expect(await client.head()).toContain('Sec-WebSocket-Protocol: c\r\n');
    const [other, none] = await answerTo(offer, { protocols: ['x'] });
    expect((await none).protocol).toBe('');
    expect(await other.head()).not.toContain('Sec-WebSocket-Protocol');
  });

  it.each([
    [405, 'the method', upgradeRequest().replace('GET', 'POST'), /^Allow: GET\r$/m],
    [426, 'the version', upgradeRequest().replace('n: 13', 'n: 8'), /^Sec-WebSocket-Version: 13\r$/m],
    [426, 'no version', without('Sec-WebSocket-Version'), /^Upgrade: websocket\r$/m],
    [426, 'the protocol', upgradeRequest().replace('e: websocket', 'e: h2c'), /^Upgrade: websocket\r$/m],
    [400, 'no key', without('Sec-WebSocket-Key'), /./],
    [400, 'a short key', upgradeRequest().replace('dGhl', ''), /./],
    [400, 'two keys', upgradeRequest('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'), /./],
    [400, 'HTTP/1.0', upgradeRequest().replace('HTTP/1.1', 'HTTP/1.0'), /./],
    [400, 'extensions that are malformed', upgradeRequest('Sec-WebSocket-Extensions: ;;\r\n'), /./],
    [400, 'a body', upgradeRequest('Content-Length: 3\r\n'), /./],
    [403, 'an origin elsewhere', upgradeRequest('Origin: http://elsewhere\r\n'), /./],
  ])('answers %i for %s, and ends', async (status, _what, wire, field) => {
    const [text, error] = await refused(wire);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toMatch(/^Connection: close(, Upgrade)?\r$/m);
    expect(text).toMatch(field);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.status).toBe(status);
    expect(error.headers?.get('host')).toBe('localhost');
  });

  it('lets an origin in as the policy says', async () => {
    const from = (origin: string): string => upgradeRequest(`Origin: ${origin}\r\n`);
    for (const [origin, origins] of [
      ['http://localhost', 'same-host'],
      ['http://elsewhere', '*'],
      ['http://elsewhere', ['http://elsewhere']],
      ['http://elsewhere', (given: string) => given.endsWith('elsewhere')],
    ] as const) {
      const [, taking] = await answerTo(from(origin), { origins });
      await taking;
    }
    expect((await refused(from('http://other'), { origins: ['http://elsewhere'] }))[1].code).toBe('ORIGIN_REFUSED');
  });

  it('answers 500 when a policy throws, and tells only the server why', async () => {
    const cause = new Error('s3cret');
    const origins = (): never => {
      throw cause;
    };
    const [text, error] = await refused(upgradeRequest('Origin: http://x\r\n'), { origins });
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(text).not.toContain('s3cret');
    expect(error).toMatchObject({ name: 'HandshakeError', status: 500, cause });
  });

  it('answers 500 when an option is wrong, and rejects with ConfigError', async () => {
    for (const options of [{ maxFragments: 0 }, { enableCompress: { windowBits: 99 } }]) {
      const [text, error] = await refused(upgradeRequest(), options);
      expect(text).toMatch(/^HTTP\/1\.1 500 /);
      expect(text).not.toMatch(/maxFragments|windowBits/);
      expect(error).toBeInstanceOf(ConfigError);
    }
  });

  it('takes bytes after the head for frames, also when headerVerify is slow and the client has ended', async () => {
    let verify!: (isAllowed: boolean) => void;
    const headerVerify = (): Promise<boolean> =>
      new Promise((resolve) => {
        verify = resolve;
      });
    const [client, taking] = await answerTo(upgradeRequest() + frame.toString('latin1'), { headerVerify });
    client.socket.write(frame);
    client.socket.end();
    await turns(20);
    verify(true);
    const connection = await taking;
    await turns(20);
    const texts: string[] = [];
    connection.onMessage(1, (message) => void texts.push(message.text()));
    expect(await connection.start()).toMatchObject({ code: 1006, wasClean: false });
    expect(texts).toEqual(['hi', 'hi']);
    expect(await client.head()).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('takes a second request, pipelined, for what it is: no frame', async () => {
    const [client, taking] = await answerTo(upgradeRequest() + upgradeRequest());
    const closed = (await taking).start();
    await client.until(({ hasEnded }) => hasEnded);
    client.socket.end();
    expect(await closed).toMatchObject({ code: 1002, wasClean: false });
    expect(client.text.match(/HTTP/g)).toHaveLength(1);
  });
});

/** A server that hands its upgrades over as the documentation has it, with nobody who looks at what becomes of them. */
async function careless(options?: ConnectionOptions, maxHeadersCount?: number): Promise<number> {
  const server: HttpServer = createServer();
  if (maxHeadersCount !== undefined) server.maxHeadersCount = maxHeadersCount;
  server.on('upgrade', (request, socket, head) => {
    cleanUp(() => void socket.destroy());
    return takeOver(request, socket, head, options);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function answered(port: number, wire: string): Promise<string> {
  const client = RawClient.to(port, wire);
  const head = await client.head();
  client.socket.destroy();
  return head;
}

describe('takeOver: a promise that nobody looks at', () => {
  const rejecting = async (): Promise<boolean> => {
    throw new Error('rejected');
  };

  it.each([
    ['no key', without('Sec-WebSocket-Key'), 400, {}],
    ['another version', upgradeRequest().replace('n: 13', 'n: 8'), 426, {}],
    ['another protocol', upgradeRequest().replace('e: websocket', 'e: h2c'), 426, {}],
    ['another method', upgradeRequest().replace('GET', 'POST'), 405, {}],
    ['a foreign origin', upgradeRequest('Origin: http://elsewhere\r\n'), 403, {}],
    ['a foreign host', upgradeRequest(), 421, { hosts: ['example.com'] }],
    ['no permission', upgradeRequest(), 401, { headerVerify: () => false }],
    ['a headerVerify that rejects', upgradeRequest(), 500, { headerVerify: rejecting }],
    ['a headerVerify that never settles', upgradeRequest(), 408, { headerVerify: never, timeout: { handshake: 20 } }],
    ['an option that is wrong', upgradeRequest(), 500, { maxFragments: 0 }],
    ['options that are none', upgradeRequest(), 500, null as unknown as ConnectionOptions],
  ])('does not reach the process: %s', async (_what, wire, status, options) => {
    const port = await careless(options);
    expect(await answered(port, wire)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    // What reached the process would be told by now, and fail the test.
    await turns(5);
  });

  it.each(['ends', 'resets'])('does not reach the process: a client that %s', async (how) => {
    const isVerified: Promise<boolean>[] = [];
    const port = await careless({
      headerVerify: () => {
        isVerified.push(Promise.resolve(false));
        return never();
      },
    });
    const client = RawClient.to(port, upgradeRequest());
    while (isVerified.length === 0) await turns(1);
    if (how === 'ends') client.socket.end();
    else reset(client.socket);
    await client.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
    await turns(5);
  });
});

describe('takeOver: fields that Node does not show', () => {
  const fields = (count: number): string => 'A:\r\n'.repeat(count);
  const hidden = [
    'Host: elsewhere\r\n',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Origin: http://elsewhere\r\n',
  ];

  // The request itself has five fields, Node's default is 1000 of them.
  it.each([
    ['the default', undefined, 995],
    ['the default, and more', undefined, 1200],
    ['1', 1, 0],
    ['10', 10, 5],
    ['10, and more', 10, 40],
    ['40', 40, 35],
    ['100, and more', 100, 300],
  ])('as many as maxHeadersCount, or more, are 431: %s', async (_what, maxHeadersCount, more) => {
    const port = await careless({}, maxHeadersCount);
    for (const field of ['', ...hidden]) {
      expect(await answered(port, upgradeRequest(fields(more) + field))).not.toMatch(/^HTTP\/1\.1 101 /);
    }
    // Node 24 answers some of them itself.
    expect(await answered(port, upgradeRequest(fields(more)))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('fewer are taken, and so is any number where there is no limit', async () => {
    expect(await answered(await careless(), upgradeRequest(fields(994)))).toMatch(/^HTTP\/1\.1 101 /);
    expect(await answered(await careless({}, 40), upgradeRequest(fields(34)))).toMatch(/^HTTP\/1\.1 101 /);
    const port = await careless({}, 0);
    expect(await answered(port, upgradeRequest(fields(2000)))).toMatch(/^HTTP\/1\.1 101 /);
    for (const field of hidden) {
      expect(await answered(port, upgradeRequest(fields(2000) + field))).toMatch(/^HTTP\/1\.1 40[03] /);
    }
  });
});

describe('takeOver: targets and hosts', () => {
  it.each(['*', '/#x'])('answers 400 to the target %s', async (target) => {
    expect((await refused(upgradeRequest('', target)))[0]).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('goes by the target in absolute form, not by Host', async () => {
    const target = 'http://example.com/chat';
    const [, taking] = await answerTo(upgradeRequest('Origin: http://example.com\r\n', target), {
      hosts: ['example.com'],
    });
    await taking;
    expect((await refused(upgradeRequest('Origin: http://localhost\r\n', target)))[1].status).toBe(403);
    expect((await refused(upgradeRequest('', target), { hosts: ['localhost'] }))[1].status).toBe(421);
  });

  it('keeps a page out whose name was made to point here', async () => {
    const rebound = upgradeRequest('Origin: http://evil.example\r\n').replace('localhost', 'evil.example');
    const [text, error] = await refused(rebound, { hosts: ['localhost', '[::1]:80'] });
    expect(text).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
    expect(error).toMatchObject({ code: 'HOST_REFUSED', status: 421 });
    for (const host of ['localhost', 'LOCALHOST.:8080', '[0:0:0:0:0:0:0:1]']) {
      const wire = upgradeRequest(`Origin: http://${host}\r\n`).replace('Host: localhost', `Host: ${host}`);
      const [, taking] = await answerTo(wire, { hosts: ['localhost', '[::1]:80'] });
      await taking;
    }
  });

  it('takes a sub-protocol alone for a list of one', async () => {
    const [, taking] = await answerTo(upgradeRequest('Sec-WebSocket-Protocol: b, chat\r\n'), { protocols: 'chat' });
    expect((await taking).protocol).toBe('chat');
  });
});

describe('takeOver: a socket that is in use', () => {
  it.each([
    ['taken over', upgradeRequest(), /^HTTP\/1\.1 101 /],
    ['refused', without('Sec-WebSocket-Key'), /^HTTP\/1\.1 400 /],
  ])('is left alone when it was %s before', async (_what, wire, first) => {
    const { port, next } = await upgrades();
    const client = RawClient.to(port, wire);
    const { request, socket, head } = await next();
    cleanUp(() => void socket.destroy());
    const taking = [takeOver(request, socket, head), takeOver(request, socket, head)];
    const [one, two] = await Promise.allSettled(taking);
    const late = await rejection(takeOver(request, socket, head));
    expect(two).toMatchObject({ status: 'rejected', reason: { name: 'HandshakeError', code: 'ALREADY_TAKEN' } });
    expect(late).toMatchObject({ code: 'ALREADY_TAKEN' });
    if (one?.status === 'fulfilled') {
      const closed = one.value.start();
      one.value.close();
      await client.until(({ bytes }) => bytes.at(-4) === 0x88);
      client.socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
      await client.until(({ hasEnded }) => hasEnded);
      client.socket.end();
      expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    }
    await client.until(({ hasEnded }) => hasEnded);
    expect(client.text).toMatch(first);
    expect(client.text.match(/HTTP/g)).toHaveLength(1);
  });

  it('is left alone when somebody else reads it, or has ended it', async () => {
    const { port, next } = await upgrades();
    const client = RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    cleanUp(() => void socket.destroy());
    const heard: string[] = [];
    socket.on('data', (chunk: Buffer) => void heard.push(chunk.toString()));
    expect(await rejection(takeOver(request, socket, head))).toMatchObject({ code: 'ALREADY_TAKEN' });
    client.socket.write('hello');
    while (heard.join('') !== 'hello') await turns(1);
    socket.removeAllListeners('data');
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    expect(await rejection(takeOver(request, socket, head))).toMatchObject({ code: 'ALREADY_TAKEN' });
    await client.until(({ hasEnded }) => hasEnded);
    expect(client.text).toBe('HTTP/1.1 404 Not Found\r\n\r\n');
  });

  it('destroyed: rejects with DISCONNECTED', async () => {
    const { port, next } = await upgrades();
    RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    socket.destroy();
    expect(await rejection(takeOver(request, socket, head))).toMatchObject({ code: 'DISCONNECTED' });
  });

  it('that errors without being destroyed ends the handshake', async () => {
    const { port, next, open } = await upgrades();
    RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    const taking = takeOver(request, socket, head, { headerVerify: never });
    socket.emit('error', new Error('not fatal, says the socket'));
    expect(await rejection(taking)).toMatchObject({ code: 'DISCONNECTED' });
    while ((await open()) > 0) await turns(1);
  });
});

describe('takeOver: headerVerify', () => {
  it('sees headers and request', async () => {
    const [, taking] = await answerTo(upgradeRequest('X-Token: t\r\n', '/in?a'), {
      headerVerify: (headers, request) =>
        headers.get('X-TOKEN') === 't' && (request as IncomingMessage).url === '/in?a',
    });
    await taking;
  });

  it.each([
    ['false', () => false],
    ['a promise of false', async () => false],
  ])('%s: 401', async (_name, headerVerify) => {
    const [text, error] = await refused(upgradeRequest(), { headerVerify });
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'UNVERIFIED', status: 401 });
  });

  it.each(['throws', 'rejects'])('%s: 500', async (how) => {
    const cause = new Error('s3cret');
    const headerVerify = (): Promise<boolean> => {
      if (how === 'throws') throw cause;
      return Promise.reject(cause);
    };
    const [text, error] = await refused(upgradeRequest(), { headerVerify });
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(text).not.toContain('s3cret');
    expect(error).toMatchObject({ name: 'HandshakeError', status: 500, cause });
  });

  it('never settles: 408 after timeout.handshake', async () => {
    const [text, error] = await refused(upgradeRequest(), { headerVerify: never, timeout: { handshake: 50 } });
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'TIMEOUT', status: 408 });
  });

  it('is not waited for when the signal aborts: 503', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const headerVerify = (): Promise<boolean> => {
      controller.abort(reason);
      return never();
    };
    const [text, error] = await refused(upgradeRequest(), { headerVerify, signal: controller.signal });
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'ABORTED', status: 503, cause: reason });
    const [before] = await refused(upgradeRequest(), { signal: controller.signal });
    expect(before).toMatch(/^HTTP\/1\.1 503 /);
  });

  it.each(['ends', 'resets', 'is destroyed'])('is not waited for when the client %s', async (how) => {
    const { port, next, open } = await upgrades();
    const client = RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    const taking = takeOver(request, socket, head, { headerVerify: never });
    if (how === 'ends') client.socket.end();
    else if (how === 'resets') reset(client.socket);
    else client.socket.destroy();
    const error = await rejection(taking);
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'DISCONNECTED', status: undefined });
    await client.until(({ hasClosed }) => hasClosed);
    expect(client.text).toBe('');
    while ((await open()) > 0) await turns(1);
  });

  it('settles after the client has left: nobody hears of it', async () => {
    const { port, next } = await upgrades();
    const client = RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    let settle!: (error: Error) => void;
    const headerVerify = (): Promise<boolean> =>
      new Promise((_resolve, reject) => {
        settle = reject;
      });
    const taking = takeOver(request, socket, head, { headerVerify });
    client.socket.destroy();
    expect(await rejection(taking)).toMatchObject({ code: 'DISCONNECTED' });
    settle(new Error('too late'));
    await turns(3);
  });
});

describe('takeOver: sockets', () => {
  it.each(['ended', 'reset'])('rejects when the client has %s before', async (how) => {
    const { port, next, open } = await upgrades();
    const client = RawClient.to(port, upgradeRequest());
    const { request, socket, head } = await next();
    const gone = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    if (how === 'ended') client.socket.end();
    else reset(client.socket);
    await gone;
    expect(await rejection(takeOver(request, socket, head))).toMatchObject({ code: 'DISCONNECTED' });
    while ((await open()) > 0) await turns(1);
  });

  it('drops a client that was refused and does not close its side', async () => {
    const { port, next, open } = await upgrades();
    const client = RawClient.to(port, without('Sec-WebSocket-Key'));
    const { request, socket, head } = await next();
    expect(await rejection(takeOver(request, socket, head))).toMatchObject({ status: 400 });
    await client.until(({ hasEnded }) => hasEnded);
    // It neither ends nor stops talking.
    while ((await open()) > 0) {
      client.socket.write('and another thing\r\n');
      await turns(1);
    }
  });

  it('leaves no error without a listener, whenever the client resets', async () => {
    const { port, next } = await upgrades();
    for (const wire of [upgradeRequest(), without('Sec-WebSocket-Key')]) {
      const client = RawClient.to(port, wire);
      const { request, socket, head } = await next();
      socket.removeAllListeners('error');
      const taking = takeOver(request, socket, head).then(
        (connection) => connection.start(),
        () => undefined,
      );
      reset(client.socket);
      const info = await taking;
      if (info !== undefined) expect(info).toMatchObject({ code: 1006, error: { code: 'ECONNRESET' } });
      socket.emit('error', new Error('late'));
    }
  });
});
