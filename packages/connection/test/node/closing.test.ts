import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { computeAccept } from '@webson/handshake';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import type { ServeOptions } from '../../src/node/server/serve.js';
import type { Server } from '../../src/node/server/server.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { frame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import {
  cleanUp,
  expectNothingLeft,
  listen as listenRaw,
  portOf,
  RawClient,
  reset,
  serveForTest,
  socketPath,
  TLS,
  upgradeRequest,
} from './harness.js';

// How connections over real sockets come to their end: which codes both sides see, and that nothing stays behind.
expectNothingLeft();

interface Both {
  client: Connection;
  server: Connection;
  clientClosed: Promise<CloseInfo>;
  serverClosed: Promise<CloseInfo>;
}

/** A client, and the socket of a server that speaks bytes, reads all and ends nothing. */
async function openAgainstRaw(
  kind: DialOptions,
): Promise<{ client: Connection; closed: Promise<CloseInfo>; socket: Socket }> {
  const sockets: Socket[] = [];
  const onSocket = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', (request: Buffer) => {
      const key = /Sec-WebSocket-Key: (.*)\r/.exec(String(request))?.[1] as string;
      const offered = /Sec-WebSocket-Extensions: ([^,\r]*)/
        .exec(String(request))?.[1]
        ?.replace('; client_max_window_bits', '');
      const extensions = offered === undefined ? '' : `Sec-WebSocket-Extensions: ${offered}\r\n`;
      const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${computeAccept(key)}\r\n`;
      socket.resume().write(`HTTP/1.1 101 Switching Protocols\r\n${fields}${extensions}\r\n`);
    });
  };
  // The option stands for a unix socket, of which the path is not known before.
  const { connect: isUnix, ...options } = kind;
  let url: string;
  if (options.tls !== undefined) {
    const server = createTlsServer({ ...TLS, allowHalfOpen: true }, onSocket).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  } else {
    const path = isUnix === undefined ? undefined : socketPath();
    const { port } = await listenRaw(onSocket, path);
    url = path === undefined ? `ws://127.0.0.1:${port}/` : `ws+unix:${path}:/`;
  }
  const client = await dial(url, options);
  return { client, closed: client.start(), socket: sockets[0] as Socket };
}

type Started = [connection: Connection, closed: Promise<CloseInfo>];

/** A server, and what becomes of its first connection. */
async function listen(options: ServeOptions): Promise<[server: Server, connected: Promise<Started>]> {
  let onStarted!: (started: Started) => void;
  const connected = new Promise<Started>((resolve) => {
    onStarted = resolve;
  });
  const server = await serveForTest({ pingInterval: 0, ...options }, (connection) => {
    onStarted([connection, connection.start()]);
  });
  return [server, connected];
}

async function open(options: ServeOptions = {}, dialOptions: DialOptions = {}): Promise<Both> {
  const [{ url }, connected] = await listen(options);
  const client = await dial(url, { pingInterval: 0, tls: { ca: TLS.cert }, ...dialOptions });
  const [server, serverClosed] = await connected;
  return { client, server, clientClosed: client.start(), serverClosed };
}

/** A server's connection, and a client that speaks bytes; it is sent no frame but those that the test sends. */
async function openRaw(
  options: ServeOptions = {},
): Promise<{ raw: RawClient; closed: Promise<CloseInfo>; server: Connection }> {
  const [http, connected] = await listen(options);
  const raw = RawClient.to(portOf(http), upgradeRequest());
  const [server, closed] = await connected;
  await raw.head();
  return { raw, closed, server };
}

const KINDS: [string, () => ServeOptions][] = [
  ['TCP', () => ({})],
  ['TLS', () => ({ tls: TLS })],
  ['a unix socket', () => ({ socketPath: socketPath() })],
];

describe.each(KINDS)('closing over %s', (_name, options) => {
  it('begun by the client', async () => {
    const { client, clientClosed, serverClosed } = await open(options());
    client.close(4000, 'enough');
    for (const closed of [clientClosed, serverClosed]) {
      expect(await closed).toEqual({ code: 4000, reason: 'enough', wasClean: true });
    }
  });

  it('begun by the server', async () => {
    const { server, clientClosed, serverClosed } = await open(options());
    server.close();
    for (const closed of [clientClosed, serverClosed]) {
      expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    }
  });

  it('begun by both at once: each sees the other’s code', async () => {
    const { client, server, clientClosed, serverClosed } = await open(options());
    client.close(4001);
    server.close(4002);
    expect(await clientClosed).toMatchObject({ code: 4002, wasClean: true });
    expect(await serverClosed).toMatchObject({ code: 4001, wasClean: true });
  });

  it('after much data: all of it arrives before', async () => {
    const { client, server, clientClosed, serverClosed } = await open(options());
    let received = 0;
    server.onMessage(2, (message) => {
      received += message.read().length;
    });
    for (let i = 0; i < 32; i++) client.dispatch(2, new Uint8Array(256 * 1024));
    client.close();
    expect(await clientClosed).toMatchObject({ wasClean: true });
    expect(await serverClosed).toMatchObject({ wasClean: true });
    expect(received).toBe(32 * 256 * 1024);
  });
});

describe('closing', () => {
  it('the server ends TCP first', async () => {
    const { raw, closed } = await openRaw();
    raw.socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
    await raw.until(({ hasEnded }) => hasEnded);
    expect(raw.bytes.subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xe8]));
    raw.socket.end();
    expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  it('a client that never answers Close is cut off after timeout.close: 1006', async () => {
    const { raw, closed, server } = await openRaw({ timeout: { close: 50 } });
    server.close();
    expect(await closed).toEqual({ code: 1006, reason: '', wasClean: false });
    await raw.until(({ hasEnded, hasClosed }) => hasEnded || hasClosed);
  });

  it('a client that answers Close and keeps its side open is cut off too: clean', async () => {
    const { raw, closed, server } = await openRaw({ timeout: { close: 50 } });
    server.close();
    raw.socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
    expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  it('a client that resets: 1006 with the error', async () => {
    const { raw, closed } = await openRaw();
    reset(raw.socket);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ECONNRESET' } });
  });

  it('a client that resets while much is to be sent', async () => {
    const { raw, closed, server } = await openRaw();
    raw.socket.pause();
    while (server.dispatch(2, new Uint8Array(1024 * 1024)));
    const drained = server.drained().catch((error: Error) => error.name);
    reset(raw.socket);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    expect(await drained).toBe('ClosedError');
  });

  it('a client that resets while promises are left alone: none of them reaches the process', async () => {
    const unfinished: Promise<unknown>[] = [];
    const { raw, closed, server } = await openRaw({ triggerOnStart: true });
    server.onMessage(1, (message) => void unfinished.push(message.completed()));
    raw.socket.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x68]));
    while (unfinished.length === 0) await turns(1);
    raw.socket.pause();
    while (server.dispatch(2, new Uint8Array(1024 * 1024)));
    void server.drained();
    void server.dispatchReader(2, endless());
    reset(raw.socket);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
    void server.drained();
    void server.dispatchReader(2, endless());
    await turns(5);
  });

  it('a client that ends without Close: 1006 without an error, and gets what was queued', async () => {
    const { raw, closed, server } = await openRaw();
    server.dispatch(1, 'last');
    raw.socket.end();
    expect(await closed).toEqual({ code: 1006, reason: '', wasClean: false });
    await raw.until(({ hasEnded }) => hasEnded);
    expect(raw.text.slice(-4)).toBe('last');
  });

  it('a server that ends without Close, over a client’s socket: 1006 without an error', async () => {
    const sockets: Socket[] = [];
    const { client, clientClosed, serverClosed } = await open({
      headerVerify: (_headers, request) => {
        sockets.push((request as { socket: Socket }).socket);
        return true;
      },
    });
    sockets[0]?.end();
    await Promise.race([once(sockets[0] as Socket, 'finish'), clientClosed]);
    expect(await clientClosed).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(await serverClosed).toMatchObject({ code: 1006 });
    expect(client.status).toBe(1);
  });
});

it('a Close that has come in time is read before its deadline is judged, although this process was busy', async () => {
  const { raw, server, closed } = await openRaw({ timeout: { close: 5 } });
  raw.socket.write(frame(8, Uint8Array.of(3, 232), { mask: true }));
  server.close(4000);
  // The timer is due before the socket is looked at.
  const end = performance.now() + 30;
  while (performance.now() < end);
  expect(await closed).toMatchObject({ code: 1000, wasClean: true });
});

describe('both Close frames have passed, and the other side keeps the transport open', () => {
  const answer = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
  // The time limit of a test is shorter: the default of timeout.close is not waited for.
  const options = { pingInterval: 0, timeout: { close: 2 ** 31 - 1 } };

  it.each([
    ['TCP, begun by the server', 'server', {}],
    ['TCP, begun by the client', 'client', {}],
    ['TCP through the stream', 'server', { directSockets: false }],
    ['TLS', 'client', { tls: TLS }],
    ['streams', 'server', { enableStreams: true, triggerOnStart: true }],
  ] as const)('a server ends it itself: %s', async (_name, first, more) => {
    const [http, connected] = await listen({ ...options, ...more });
    const port = portOf(http);
    const target = { port, host: '127.0.0.1', allowHalfOpen: true, ca: TLS.cert };
    const raw = 'tls' in more ? new RawClient(connectTls(target)) : RawClient.to(port);
    raw.socket.write(upgradeRequest());
    const [server, closed] = await connected;
    await raw.head();
    if (first === 'server') server.close();
    raw.socket.write(answer);
    await raw.until(({ hasEnded }) => hasEnded);
    expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    expect(raw.hasClosed).toBe(false);
  });

  const clients: [string, DialOptions][] = [
    ['TCP', {}],
    ['TCP through the stream', { directSockets: false }],
    ['TLS', { tls: { ca: TLS.cert } }],
    ['a unix socket', { connect: () => undefined as never }],
    ['streams', { enableStreams: true, triggerOnStart: true }],
    ['compression', { enableCompress: true }],
  ];

  describe.each(clients)('a client ends it itself over %s', (_name, more) => {
    it.each(['server', 'client'])('when the %s has begun', async (first) => {
      const { client, closed, socket } = await openAgainstRaw({ ...options, ...more });
      client.dispatch(1, 'before');
      if (first === 'client') client.close();
      socket.write(Buffer.from([0x88, 2, 0x03, 0xe8]));
      expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    });

    it('and does not wait when the server ends it first', async () => {
      const { client, closed, socket } = await openAgainstRaw({ ...options, ...more });
      client.close();
      socket.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
      expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    });
  });

  it('but what the peer has yet to read is not cut off', async () => {
    const { raw, closed, server } = await openRaw({ ...options, highWaterMark: 2 ** 26 });
    let received = 0;
    raw.socket.removeAllListeners('data').pause();
    // Much more than the system holds.
    for (let i = 0; i < 32; i++) server.dispatch(2, new Uint8Array(1024 * 1024));
    raw.socket.write(answer);
    // As long as it takes to end another one.
    const other = await openRaw(options);
    other.server.close();
    other.raw.socket.write(answer);
    await other.closed;
    expect(server.status).toBe(0);
    raw.socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    raw.socket.resume();
    await raw.until(({ hasEnded }) => hasEnded);
    expect(received).toBe(32 * (1024 * 1024 + 10) + 4);
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
  });
});

describe('an error that the socket survives ends the connection', () => {
  it('TLS 1.2: a client that negotiates anew too often', async () => {
    const [server, connected] = await listen({ tls: { ...TLS, maxVersion: 'TLSv1.2' } });
    const socket = connectTls({ port: portOf(server), host: '127.0.0.1', ca: TLS.cert, maxVersion: 'TLSv1.2' });
    const raw = new RawClient(socket);
    socket.write(upgradeRequest());
    const [, closed] = await connected;
    await raw.head();
    while (!raw.hasClosed) {
      const isDone = new Promise<void>((resolve) => {
        socket.renegotiate({}, () => resolve());
      });
      await Promise.race([isDone, raw.until(({ hasClosed }) => hasClosed)]);
    }
    expect(await closed).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ERR_TLS_SESSION_ATTACK' } });
    expect(server.connections.size).toBe(0);
  });

  const times: [when: string, options: ServeOptions, prepare: (raw: RawClient, server: Connection) => void][] = [
    ['while it is read', {}, () => {}],
    ['while reading is paused', { maxPendingHandlers: 1 }, (raw) => raw.socket.write(message)],
    ['after our Close', {}, (_raw, server) => server.close()],
    ['while much waits to be sent', {}, (_raw, server) => flood(server)],
    ['through the stream', { directSockets: false }, () => {}],
  ];

  it.each(times)('%s', async (_when, options, prepare) => {
    const sockets: Socket[] = [];
    const [http, connected] = await listen({
      ...options,
      headerVerify: (_headers, request) => {
        sockets.push((request as { socket: Socket }).socket);
        return true;
      },
    });
    const raw = RawClient.to(portOf(http), upgradeRequest());
    const [server, closed] = await connected;
    const began = new Promise<void>((resolve) => {
      server.onMessage(1, (): Promise<never> => {
        resolve();
        return new Promise(() => {});
      });
    });
    await raw.head();
    raw.socket.pause();
    prepare(raw, server);
    if ('maxPendingHandlers' in options) await began;
    const error = new Error('the socket lives on');
    sockets[0]?.emit('error', error);
    // A handler that never settles is waited for, for timeout.close.
    if ('maxPendingHandlers' in options) await once(sockets[0] as Socket, 'close');
    else expect(await closed).toMatchObject({ code: 1006, wasClean: false, error });
  });
});

const message = Buffer.from([0x81, 0x80, 0, 0, 0, 0]);

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(1024);
}

function flood(connection: Connection): void {
  while (connection.dispatch(2, new Uint8Array(1024 * 1024)));
}

describe('agreed at the handshake, used end to end', () => {
  async function roundTrip(options: ServeOptions, dialOptions: DialOptions, payload: string): Promise<Both> {
    const both = await open(options, dialOptions);
    both.server.onMessage(1, (message) => void both.server.dispatch(1, message.text()));
    const answer = new Promise<string>((resolve) => {
      both.client.onMessage(1, (message) => resolve(message.text()));
    });
    both.client.dispatch(1, payload);
    expect(await answer).toBe(payload);
    both.client.close();
    expect(await both.clientClosed).toMatchObject({ wasClean: true });
    expect(await both.serverClosed).toMatchObject({ wasClean: true });
    return both;
  }

  it('sub-protocols', async () => {
    const { client, server } = await roundTrip({ protocols: ['b', 'a'] }, { protocols: ['a', 'b'] }, 'x');
    expect([client.protocol, server.protocol]).toEqual(['b', 'b']);
  });

  it('compression', async () => {
    const payload = 'compressible '.repeat(1000);
    const { client, server } = await roundTrip({ enableCompress: true }, { enableCompress: true }, payload);
    expect(Object.keys(client.extensions)).toEqual(['permessage-deflate']);
    expect(server.extensions).toEqual(client.extensions);
  });

  it.each([
    ['the server', { enableCompress: true }, {}],
    ['the client', {}, { enableCompress: true }],
  ])('compression that only %s wants', async (_name, options, dialOptions) => {
    const { client } = await roundTrip(options, dialOptions, 'plain '.repeat(1000));
    expect(client.extensions).toEqual({});
  });

  it('a private mask, and masks both ways', async () => {
    const shared = { privateMask: Uint8Array.from({ length: 32 }, (_, i) => i * 7 + 1), alwaysMask: true };
    await roundTrip(shared, shared, 'geheim ü '.repeat(100));
  });

  it('private masks that differ end in 1007, nothing delivered', async () => {
    const { client, server, clientClosed, serverClosed } = await open(
      { privateMask: new Uint8Array(8).fill(0xff) },
      { privateMask: new Uint8Array(8) },
    );
    let delivered = 0;
    server.onMessage(1, () => {
      delivered++;
    });
    client.dispatch(1, 'plain ASCII, which becomes invalid UTF-8');
    expect(await serverClosed).toMatchObject({ code: 1007, wasClean: false });
    await clientClosed;
    expect(delivered).toBe(0);
  });

  it.each([
    ['the server', { alwaysMask: true }, {}],
    ['the client', {}, { alwaysMask: true }],
  ])('alwaysMask that only %s has: 1002', async (_name, options, dialOptions) => {
    const { server, clientClosed } = await open(options, dialOptions);
    server.dispatch(1, 'hi');
    expect(await clientClosed).toMatchObject({ code: 1002, wasClean: false });
  });
});
