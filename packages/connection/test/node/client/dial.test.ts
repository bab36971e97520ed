import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { computeAccept } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection.js';
import { type DialOptions, dial } from '../../../src/node/client/dial.js';
import { ConfigError, HandshakeError } from '../../../src/protocol/contract/errors.js';
import { turns } from '../../support/turns.js';
import {
  type ByteServer,
  expectNothingLeft,
  listen,
  portOf,
  rejection,
  reset,
  serveForTest,
  socketPath,
  TLS,
} from '../harness.js';

expectNothingLeft();

/** A server that reads the head of a request and hands it to `answer`. */
function listenForRequest(answer: (socket: Socket, request: string) => unknown, path?: string): Promise<ByteServer> {
  return listen((socket) => {
    let request = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const before = request.length;
      request += chunk;
      if (!request.slice(0, before).includes('\r\n\r\n') && request.includes('\r\n\r\n')) answer(socket, request);
    });
  }, path);
}

function field(request: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(request)?.[1];
}

function accept(request: string, more = ''): string {
  const value = computeAccept(field(request, 'Sec-WebSocket-Key') as string);
  return `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${value}\r\n${more}\r\n`;
}

async function gone({ sockets }: ByteServer): Promise<void> {
  for (const socket of sockets) {
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  expect(sockets.size).toBe(0);
}

const refusal = (url: string | URL, options?: DialOptions): Promise<HandshakeError> =>
  rejection(dial(url, options)) as Promise<HandshakeError>;

async function end(connection: Connection): Promise<void> {
  const closed = connection.start();
  connection.close();
  await closed;
}

describe('dial: the request', () => {
  it('says what RFC 6455 §4.1 wants, and Basic authorization, further headers, sub-protocols', async () => {
    let request = '';
    const { port } = await listenForRequest((socket, text) => {
      request = text;
      socket.end('HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n');
    });
    const options = { protocols: ['a', 'b'], extraHeaders: { 'X-Token': 't', Origin: 'http://here' } };
    await refusal(`ws://us%20er:p%40ss@127.0.0.1:${port}/chat?a=b`, options);
    expect(request).toMatch(/^GET \/chat\?a=b HTTP\/1\.1\r\n/);
    expect(field(request, 'Host')).toBe(`127.0.0.1:${port}`);
    expect(field(request, 'Authorization')).toBe(`Basic ${btoa('us er:p@ss')}`);
    expect(field(request, 'Sec-WebSocket-Protocol')).toBe('a, b');
    expect(field(request, 'X-Token')).toBe('t');
    expect(field(request, 'Origin')).toBe('http://here');
    expect(field(request, 'Sec-WebSocket-Extensions')).toBeUndefined();
  });

  it('has a fresh key each time, also when it dials again', async () => {
    const keys = new Set<string | undefined>();
    const { port } = await listenForRequest((socket, text) => {
      keys.add(field(text, 'Sec-WebSocket-Key'));
      socket.write(accept(text));
      socket.on('data', () => socket.end(Buffer.from([0x88, 0])));
    });
    const connection = await dial(`127.0.0.1:${port}`);
    await end(connection);
    const again = connection.restart();
    connection.onStatus(0, () => connection.close());
    await again;
    expect(keys.size).toBe(2);
  });

  it.each([
    ['a URL', 'ftp://127.0.0.1/', {}],
    ['an option', 'ws://127.0.0.1/', { maxFragments: 0 }],
    ['a deadline', 'ws://127.0.0.1/', { timeout: { handshake: 0 } }],
    ['a header', 'ws://127.0.0.1/', { extraHeaders: { 'X-A': 'a\r\nB: c' } }],
    ['a header of the handshake', 'ws://127.0.0.1/', { extraHeaders: { Upgrade: 'x' } }],
    ['a sub-protocol', 'ws://127.0.0.1/', { protocols: ['a b'] }],
    ['a user', 'ws://a%3Ab:c@127.0.0.1/', {}],
    ['compression', 'ws://127.0.0.1/', { enableCompress: { windowBits: 99 } }],
    ['TLS options', 'wss://127.0.0.1/', { tls: { ca: 'no certificate', minVersion: 'TLSv9' } }],
  ])('rejects with ConfigError for %s that is wrong', async (_what, url, options) => {
    const dialling = dial(url, options as DialOptions);
    expect(await rejection(dialling)).toBeInstanceOf(ConfigError);
  });
});

it.each(['close', 'terminate'] as const)(
  'dialling again, given up by %s: the socket is closed at once',
  async (way) => {
    let requests = 0;
    let give: () => void;
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const server = await listenForRequest((socket, text) => {
      if (requests++ > 0) {
        give();
        return;
      }
      socket.write(accept(text));
      socket.on('data', () => socket.end(Buffer.from([0x88, 0])));
    });
    const connection = await dial(`127.0.0.1:${server.port}`, { timeout: { handshake: 600_000 } });
    await end(connection);
    const again = rejection(connection.restart());
    await given;
    connection[way]();
    expect(await again).toMatchObject({ code: 'CLOSED' });
    await gone(server);
  },
);

describe('dial: sub-protocols', () => {
  it.each([
    ['TCP', {}, {}],
    ['TLS', { tls: TLS }, { tls: { ca: TLS.cert } }],
    ['TCP, dialect go', { dialect: 'go' as const }, { dialect: 'go' as const }],
  ])('a server that takes up none of them fails the client, over %s', async (_kind, serverOptions, options) => {
    const server = await serveForTest({ ...serverOptions, protocols: 'other' });
    const error = await refusal(server.url, { ...options, protocols: ['chat.v2', 'chat'] });
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'NO_PROTOCOL', status: 101 });
    expect(error.message).toBe(
      'the server has taken up none of the sub-protocols that were offered, "chat.v2", "chat"; requireProtocol: false goes on without',
    );
    const connection = await dial(server.url, { ...options, protocols: 'chat', requireProtocol: false });
    expect(connection.protocol).toBe('');
    await end(connection);
    const agreed = await dial(server.url, { ...options, protocols: ['chat', 'other'] });
    expect(agreed.protocol).toBe('other');
    await end(agreed);
  });

  it('an empty list offers none, and a restart is held to the same', async () => {
    let protocols: string[] = ['chat'];
    const server = await listenForRequest((socket, request) => {
      const [protocol] = protocols;
      socket.write(accept(request, protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`));
      socket.on('data', () => socket.end(Buffer.from([0x88, 0])));
    });
    const connection = await dial(`127.0.0.1:${server.port}`, { protocols: 'chat' });
    await end(connection);
    protocols = [];
    expect(await rejection(connection.restart())).toMatchObject({ code: 'NO_PROTOCOL' });
    await end(await dial(`127.0.0.1:${server.port}`, { protocols: [] }));
  });
});

describe('dial: ways to a server', () => {
  it.each(['ws://', 'http://', ''])('%s', async (scheme) => {
    const server = await serveForTest({ path: '/echo' });
    const url = `${scheme}127.0.0.1:${portOf(server)}/echo?x`;
    const connection = await dial(url);
    expect(connection.url).toBe(`ws://127.0.0.1:${portOf(server)}/echo?***`);
    await end(connection);
  });

  it('the name localhost', async () => {
    const server = await serveForTest({});
    await end(await dial(`localhost:${portOf(server)}`));
  });

  it('IPv6', async () => {
    const server = await serveForTest({ host: '::1' });
    expect(server.url).toBe(`ws://[::1]:${portOf(server)}/`);
    await end(await dial(server.url));
  });

  it('a unix socket', async () => {
    const server = await serveForTest({ socketPath: socketPath(), path: '/in' });
    await end(await dial(server.url));
    await end(await dial(new URL(server.url)));
  });

  it.each([
    ['wss:', (url: string) => url, {}],
    ['ws: with useTLS', (url: string) => url.replace('wss:', 'ws:'), { useTLS: true }],
    ['https:', (url: string) => url.replace('wss:', 'https:'), {}],
  ])('TLS: %s', async (_name, toUrl, options) => {
    const server = await serveForTest({ tls: TLS });
    const connection = await dial(toUrl(server.url), { ...options, tls: { ca: TLS.cert } });
    expect(connection.url).toBe(server.url);
    await end(connection);
  });

  it('TLS over a unix socket', async () => {
    const server = await serveForTest({ tls: TLS, socketPath: socketPath() });
    await end(await dial(server.url, { tls: { ca: TLS.cert } }));
  });

  it('a stream of one’s own, given at once or later', async () => {
    const server = await serveForTest({});
    await end(await dial('ws://nowhere.invalid/', { connect: () => connect(portOf(server), '127.0.0.1') }));
    await end(await dial('ws://nowhere.invalid/', { connect: async () => connect(portOf(server), '127.0.0.1') }));
  });

  it('frames that come with the answer, and in many pieces', async () => {
    const { port } = await listenForRequest(async (socket, request) => {
      const wire = Buffer.concat([Buffer.from(accept(request)), Buffer.from([0x81, 2, 0x68, 0x69, 0x88, 2, 3, 0xe8])]);
      for (const byte of wire) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      socket.end();
    });
    const connection = await dial(`127.0.0.1:${port}`);
    const texts: string[] = [];
    connection.onMessage(1, (message) => void texts.push(message.text()));
    // The end has come before anyone listens.
    const closed = connection.start();
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    expect(texts).toEqual(['hi']);
  });

  it('frames and the end that have come before it starts', async () => {
    const { port } = await listenForRequest((socket, request) => {
      socket.end(Buffer.concat([Buffer.from(accept(request)), Buffer.from([0x81, 2, 0x68, 0x69, 0x88, 2, 3, 0xe8])]));
    });
    const connection = await dial(`127.0.0.1:${port}`);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    const texts: string[] = [];
    connection.onMessage(1, (message) => void texts.push(message.text()));
    expect(await connection.start()).toMatchObject({ code: 1000, wasClean: true });
    expect(texts).toEqual(['hi']);
  });

  it('an end without a Close, before it starts', async () => {
    const { port } = await listenForRequest((socket, request) => socket.end(accept(request)));
    const connection = await dial(`127.0.0.1:${port}`);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(await connection.start()).toMatchObject({ code: 1006, wasClean: false });
  });
});

describe('dial: refusals', () => {
  it('carries status, headers and body, and follows no redirect', async () => {
    let requests = 0;
    const server = await listenForRequest((socket) => {
      requests++;
      socket.write('HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 9\r\n\r\nmoved');
      setImmediate(() => socket.write(' on!?'));
    });
    const error = await refusal(`127.0.0.1:${server.port}`);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'BAD_STATUS', status: 302 });
    expect(error.headers?.get('location')).toBe('/else');
    expect(Buffer.from(error.body as Uint8Array).toString()).toBe('moved on!');
    expect(requests).toBe(1);
    await gone(server);
  });

  it('keeps 4096 bytes of a body without an end', async () => {
    const server = await listenForRequest((socket) => {
      socket.write('HTTP/1.1 500 No\r\n\r\n');
      socket.write('x'.repeat(100_000));
    });
    const { body, status } = await refusal(`127.0.0.1:${server.port}`);
    expect(body?.length).toBe(4096);
    expect(status).toBe(500);
    await gone(server);
  });

  it('waits for the body no longer than for everything else', async () => {
    const server = await listenForRequest((socket) => {
      socket.write('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\npart');
    });
    const error = await refusal(`127.0.0.1:${server.port}`, { timeout: { handshake: 200 } });
    expect(error).toMatchObject({ code: 'BAD_STATUS', status: 403 });
    expect(Buffer.from(error.body as Uint8Array).toString()).toBe('part');
    await gone(server);
  });

  it.each([
    ['no length', 403, '\r\npart'],
    ['a length that is not reached', 403, 'Content-Length: 100\r\n\r\npart'],
    ['chunks without an end', 403, 'Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
    ['a redirect', 307, 'Location: /\r\n\r\npart'],
    ['no content', 204, '\r\n'],
    ['nothing new', 304, 'Content-Length: 4\r\n\r\n'],
    ['an upgrade to something else', 101, 'Upgrade: h2c\r\n\r\n'],
  ])('rejects though the server keeps the connection open: %s', async (_what, status, answer) => {
    const server = await listenForRequest((socket) => {
      socket.write(`HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 ${status} So\r\n${answer}`);
    });
    // The time limit of a test is shorter.
    const error = await refusal(`127.0.0.1:${server.port}`, { timeout: { handshake: 2 ** 31 - 1 } });
    expect(error).toMatchObject({ name: 'HandshakeError', status });
    if (answer.includes('part')) expect(Buffer.from(error.body as Uint8Array).toString()).toBe('part');
    await gone(server);
  });

  it('reads interim answers no further than the caps on a head', async () => {
    const server = await listenForRequest((socket) => {
      socket.on('error', () => {});
      const flood = (): void => {
        while (!socket.destroyed && socket.write('HTTP/1.1 102 On it\r\n\r\n'));
      };
      socket.on('drain', flood);
      flood();
    });
    const options = { timeout: { handshake: 2 ** 31 - 1 } };
    expect(await refusal(`127.0.0.1:${server.port}`, options)).toMatchObject({ code: 'HEAD_TOO_LARGE' });
    await gone(server);
  });

  it('keeps what has come of the body when the server resets', async () => {
    const server = await listenForRequest((socket) => {
      socket.write('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\npart', () => setImmediate(() => reset(socket)));
    });
    expect(await refusal(`127.0.0.1:${server.port}`)).toMatchObject({ code: 'BAD_STATUS', status: 403 });
  });

  it.each([
    ['BAD_ACCEPT', 'HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n'],
    ['BAD_UPGRADE', 'HTTP/1.1 101 OK\r\nConnection: Upgrade\r\n\r\n'],
    ['BAD_HEAD', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['HEAD_TOO_LARGE', `HTTP/1.1 101 OK\r\nA: ${'b'.repeat(20_000)}`],
  ])('%s, and closes the socket', async (code, wire) => {
    const server = await listenForRequest((socket) => socket.write(wire));
    const error = await refusal(`127.0.0.1:${server.port}`);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error.code).toBe(code);
    expect(error.body).toBeUndefined();
    await gone(server);
  });

  it.each([
    ['BAD_PROTOCOL', 'Sec-WebSocket-Protocol: other\r\n', { protocols: ['mine'] }],
    ['UNSOLICITED_EXTENSION', 'Sec-WebSocket-Extensions: permessage-deflate\r\n', {}],
    ['BAD_EXTENSIONS', 'Sec-WebSocket-Extensions: permessage-deflate; x=1\r\n', { enableCompress: true }],
  ])('%s', async (code, more, options) => {
    const server = await listenForRequest((socket, request) => socket.write(accept(request, more)));
    const error = await refusal(`127.0.0.1:${server.port}`, options);
    expect(error).toMatchObject({ name: 'HandshakeError', code, status: 101 });
    expect(error.headers?.get('upgrade')).toBe('websocket');
    await gone(server);
  });

  it('hints at the magic key when that may be the cause', async () => {
    const server = await serveForTest({ magicKey: 'one' });
    const error = await refusal(server.url, { magicKey: 'other' });
    expect(error).toMatchObject({ code: 'BAD_ACCEPT' });
    expect(error.message).toMatch(/magicKey/);
    await end(await dial(server.url, { magicKey: new TextEncoder().encode('one') }));
  });

  it('headerVerify sees the answer, and may refuse it, at once or later', async () => {
    const server = await listenForRequest((socket, request) => socket.write(accept(request, 'X-Server: s\r\n')));
    const url = `127.0.0.1:${server.port}`;
    const seen: (string | undefined)[] = [];
    const verify = (headers: { get(name: string): string | undefined }): boolean => {
      seen.push(headers.get('x-server'));
      return false;
    };
    expect(await refusal(url, { headerVerify: verify })).toMatchObject({ code: 'UNVERIFIED', status: 101 });
    expect(await refusal(url, { headerVerify: async (headers) => verify(headers) })).toMatchObject({
      code: 'UNVERIFIED',
    });
    expect(seen).toEqual(['s', 's']);
    const cause = new Error('mine');
    const throwing = (): never => {
      throw cause;
    };
    expect(await refusal(url, { headerVerify: throwing })).toMatchObject({ name: 'HandshakeError', cause });
    expect(await refusal(url, { headerVerify: async () => throwing() })).toMatchObject({ cause });
    await gone(server);
  });

  it('a port that nobody listens on, and a socket that is not there', async () => {
    const { port, server } = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error = await refusal(`ws://me:s3cret@127.0.0.1:${port}/`);
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'CONNECT_FAILED', cause: { code: 'ECONNREFUSED' } });
    expect(error.message).not.toContain('s3cret');
    expect(await refusal(`ws+unix:${socketPath()}`)).toMatchObject({ cause: { code: 'ENOENT' } });
  });

  it('an address that the system refuses at once, from within a timer', async () => {
    const error = await new Promise<Error>((resolve) => {
      setTimeout(() => refusal('ws://255.255.255.255:9/').then(resolve), 0);
    });
    expect(error).toMatchObject({ code: 'CONNECT_FAILED' });
  });

  it('a certificate that is not trusted, and a server that speaks no TLS', async () => {
    const server = await serveForTest({ tls: TLS });
    expect(await refusal(server.url)).toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    const plain = await serveForTest({});
    expect(await refusal(plain.url.replace('ws:', 'wss:'))).toMatchObject({ code: 'TLS_MISMATCH' });
  });

  it('a server that ends, or resets, before it has answered', async () => {
    const ending = await listenForRequest((socket) => socket.end('HTTP/1.1 101'));
    expect(await refusal(`127.0.0.1:${ending.port}`)).toMatchObject({ name: 'HandshakeError', code: 'DISCONNECTED' });
    const resetting = await listenForRequest((socket) => reset(socket));
    expect(await refusal(`127.0.0.1:${resetting.port}`)).toMatchObject({ code: 'CONNECT_FAILED' });
    const closing = await listen((socket) => socket.destroy());
    const error = await refusal(`wss://127.0.0.1:${closing.port}`);
    expect(['CONNECT_FAILED', 'DISCONNECTED']).toContain(error.code);
  });

  it('a stream of one’s own that fails, throws, rejects or is none', async () => {
    const cause = new Error('mine');
    const failing = (): Duplex => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(cause) });
    const expected = { name: 'HandshakeError', code: 'CONNECT_FAILED', cause };
    expect(await refusal('ws://x/', { connect: failing })).toMatchObject(expected);
    expect(
      await refusal('ws://x/', {
        connect: () => {
          throw cause;
        },
      }),
    ).toMatchObject(expected);
    expect(await refusal('ws://x/', { connect: () => Promise.reject(cause) })).toMatchObject(expected);
    // Its event `error` comes a turn later, as that of a socket which the run-time refuses at once.
    const failed = (): Duplex => new Duplex({ read() {}, write() {} }).destroy(cause);
    expect(await refusal('ws://x/', { connect: failed })).toMatchObject(expected);
    const none = { connect: () => undefined } as unknown as DialOptions;
    expect(await refusal('ws://x/', none)).toMatchObject({ code: 'CONNECT_FAILED' });
  });
});

describe('dial: deadline and signal', () => {
  const STAGES: [name: string, answer: (socket: Socket) => void, options?: DialOptions, scheme?: string][] = [
    ['a server that answers nothing', () => {}],
    ['half a head', (socket) => socket.write('HTTP/1.1 101')],
    ['a TLS handshake that nobody answers', () => {}, {}, 'wss://'],
  ];

  it.each(STAGES)('the deadline ends %s', async (_name, answer, options, scheme = 'ws://') => {
    const server = await listen((socket) => answer(socket.resume()));
    const error = await refusal(`${scheme}127.0.0.1:${server.port}`, { ...options, timeout: { handshake: 100 } });
    expect(error).toMatchObject({ name: 'HandshakeError', code: 'TIMEOUT' });
    expect(error.message).toContain('timeout.handshake');
    await gone(server);
  });

  it.each(STAGES)('the signal ends %s', async (_name, answer, options, scheme = 'ws://') => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const server = await listen((socket) => {
      answer(socket.resume());
      setImmediate(() => controller.abort(reason));
    });
    const { signal } = controller;
    expect(await refusal(`${scheme}127.0.0.1:${server.port}`, { ...options, signal })).toBe(reason);
    await gone(server);
  });

  it.each(['deadline', 'signal'])('the %s ends headerVerify', async (how) => {
    const server = await listenForRequest((socket, request) => socket.write(accept(request)));
    const controller = new AbortController();
    const options: DialOptions = {
      headerVerify: () => {
        if (how === 'signal') controller.abort();
        return new Promise(() => {});
      },
      ...(how === 'signal' ? { signal: controller.signal } : { timeout: { handshake: 100 } }),
    };
    const error = await refusal(`127.0.0.1:${server.port}`, options);
    expect(error.name).toBe(how === 'signal' ? 'AbortError' : 'HandshakeError');
    await gone(server);
  });

  it('the signal ends the wait for the body of a refusal', async () => {
    const controller = new AbortController();
    const wire = 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\npart';
    const server = await listenForRequest((socket) => socket.write(wire));
    const socket = connect(server.port, '127.0.0.1');
    const refused = refusal('ws://x/', { connect: () => socket, signal: controller.signal });
    while (socket.bytesRead < wire.length) await turns(1);
    await turns(3);
    controller.abort();
    expect((await refused).name).toBe('AbortError');
    await gone(server);
  });

  it.each(['deadline', 'signal'])('the %s ends a connect of one’s own, and what it still opens', async (how) => {
    const controller = new AbortController();
    const server = await listen(() => {});
    let finish!: (stream: Duplex) => void;
    const opening = new Promise<Duplex>((resolve) => {
      finish = resolve;
    });
    const dialling = refusal('ws://x/', {
      connect: () => opening,
      ...(how === 'signal' ? { signal: controller.signal } : { timeout: { handshake: 50 } }),
    });
    controller.abort();
    expect((await dialling).name).toBe(how === 'signal' ? 'AbortError' : 'HandshakeError');
    const late = connect(server.port, '127.0.0.1');
    await once(late, 'connect');
    const closed = new Promise((resolve) => late.once('close', resolve));
    finish(late);
    await closed;
  });

  it('a signal that was aborted before: nothing is opened', async () => {
    let opened = 0;
    const signal = AbortSignal.abort(new Error('before'));
    const connect = (): never => {
      opened++;
      throw new Error('unexpected');
    };
    expect((await refusal('ws://x/', { connect, signal })).message).toBe('before');
    expect(opened).toBe(0);
  });

  it('a signal aborted after the connection was opened does nothing', async () => {
    const controller = new AbortController();
    const server = await serveForTest({});
    const connection = await dial(server.url, { signal: controller.signal });
    const closed = connection.start();
    controller.abort();
    expect(connection.dispatch(1, 'still here')).toBe(true);
    connection.close(1000, 'bye');
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
  });

  it('a server that never accepts: the queue of connections is full', async () => {
    const server = await listen(() => {});
    // 192.0.2.0/24 is reserved for documentation (RFC 5737): whether the network swallows or refuses it, it must end.
    const error = await refusal('ws://192.0.2.1:9/', { timeout: { handshake: 100 } });
    expect(['TIMEOUT', 'CONNECT_FAILED']).toContain(error.code);
    expect(server.sockets.size).toBe(0);
  });
});
