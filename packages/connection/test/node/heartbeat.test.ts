import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dial } from '../../src/node/client/dial.js';
import { MessageType, Status } from '../../src/status.js';
import { cleanUp, expectNothingLeft, listen, portOf, serveForTest, socketPath, TLS } from './harness.js';

expectNothingLeft();

const CARRIERS = {
  TCP: [{}, {}],
  'TCP, through the streams of Node': [{}, { directSockets: false }],
  TLS: [{ tls: TLS }, { tls: { ca: TLS.cert } }],
  'a unix socket': [{ socketPath: socketPath() }, {}],
} as const;

test.each(Object.entries(CARRIERS))(
  'over %s a peer that says nothing is noticed, although the system takes what is sent',
  async (_name, [forServer, forClient]) => {
    let socket: Socket | undefined;
    const server = await serveForTest({ ...forServer, pingInterval: 0 }, (connection, request) => {
      socket = request.socket;
      connection.onMessage(2, () => void request.socket.pause());
    });
    cleanUp(() => socket?.destroy());
    // Many pings in the time for one pong: none of them shows that the peer is there.
    const connection = await dial(server.url, { ...forClient, pingInterval: 5, timeout: { pong: 100 } });
    const noticed = new Promise((resolve) => connection.onStatus(Status.Timeout, resolve));
    const over = connection.onReady(() => connection.dispatch(2, 'be silent')).start();
    await noticed;
    socket?.destroy();
    expect((await over).code).toBe(1006);
  },
);

test.each([
  ['', {}],
  [", dialect: 'go'", { dialect: 'go' }],
  [', streams and compression', { enableStreams: true, enableCompress: true }],
  [', handlers that hang', { synchronize: true }],
] as const)('a peer that stays silent is dead after timeout.dead%s', async (_name, options) => {
  let socket: Socket | undefined;
  const server = await serveForTest({ pingInterval: 0, ...options }, (connection, request) => {
    socket = request.socket;
    connection.onMessage(2, () => {
      connection.dispatch(1, 'one');
      connection.dispatch(1, 'two');
      setImmediate(() => request.socket.pause());
    });
  });
  cleanUp(() => socket?.destroy());
  const times = { pong: 100, dead: 200, close: 100 };
  const connection = await dial(server.url, { pingInterval: 20, timeout: times, ...options });
  if ('synchronize' in options) connection.onMessage(1, () => new Promise(() => {}));
  const statuses: number[] = [];
  connection.apply({ name: 'statuses', onStatus: (status) => statuses.push(status) });
  const over = connection.onReady(() => connection.dispatch(2, 'be silent')).start();
  expect(await over).toMatchObject({ code: 1006, wasClean: false, error: { code: 'PONG_TIMEOUT' } });
  expect(statuses).toEqual([Status.Ready, Status.Timeout, Status.Closed]);
  expect(connection.status).toBe(Status.Closed);
});

test('a peer that is silent and then says something is not dead, nor one with `dead: false`', async () => {
  let socket: Socket | undefined;
  const server = await serveForTest({ pingInterval: 0 }, (connection, request) => {
    socket = request.socket;
    connection.onMessage(2, () => void request.socket.pause());
  });
  cleanUp(() => socket?.destroy());
  const connection = await dial(server.url, { pingInterval: 10, timeout: { pong: 20, dead: false } });
  const statuses: number[] = [];
  connection.apply({ name: 'statuses', onStatus: (status) => statuses.push(status) });
  const over = connection.onReady(() => connection.dispatch(2, 'be silent')).start();
  await expect.poll(() => statuses.at(-1)).toBe(Status.Timeout);
  socket?.resume();
  await expect.poll(() => statuses.at(-1)).toBe(Status.Ready);
  connection.close();
  expect(await over).toMatchObject({ code: 1000, wasClean: true });
});

test('over TLS half a record is a sign of life, though nothing can be made of it yet', async () => {
  const server = await serveForTest({ tls: TLS, pingInterval: 0 }, (connection) => {
    connection.onMessage(1, () => connection.dispatch(2, new Uint8Array(10_000)));
  });
  const rest: Uint8Array[] = [];
  let pass: ((byte: Uint8Array) => void) | undefined;
  // Once the large record comes: the client's pings go nowhere any more, and of the record nothing passes by itself.
  const proxy = await listen((toClient) => {
    const toServer = connect(portOf(server), '127.0.0.1');
    cleanUp(() => toServer.destroy());
    toClient.on('data', (chunk) => void (pass ?? toServer.write(chunk)));
    toServer.on('data', (chunk) => {
      if (pass === undefined && chunk.length < 10_000) toClient.write(chunk);
      else {
        rest.push(chunk);
        pass = (byte) => toClient.write(byte);
      }
    });
  });
  const tls = { ca: TLS.cert, checkServerIdentity: () => undefined };
  const connection = await dial(`wss://127.0.0.1:${proxy.port}/`, { tls, pingInterval: 100, timeout: { pong: 300 } });
  let isTrickling = true;
  const statuses: [number, boolean][] = [];
  connection.apply({ name: 'statuses', onStatus: (status) => statuses.push([status, isTrickling]) });
  const over = connection.onReady(() => connection.dispatch(1, 'more')).start();
  for (let i = 0; i < 60; i++) {
    await delay(20);
    pass?.((rest[0] as Uint8Array).subarray(i, i + 1));
  }
  expect(pass).toBeDefined();
  isTrickling = false;
  await expect.poll(() => statuses.at(-1)).toEqual([Status.Timeout, false]);
  expect(statuses).toEqual([
    [Status.Ready, true],
    [Status.Timeout, false],
  ]);
  for (const socket of proxy.sockets) socket.destroy();
  await over;
});

test.each(Object.entries(CARRIERS))(
  'over %s a ping behind megabytes in the buffers of the system has more time for its pong',
  async (_name, [forServer, forClient]) => {
    const server = await serveForTest({ ...forServer, pingInterval: 0 }, async (connection, { socket }) => {
      // Nothing is read for longer than a pong may take.
      socket.pause();
      await delay(700);
      connection.onMessage(2, () => {});
    });
    const connection = await dial(server.url, { ...forClient, pingInterval: 50, timeout: { pong: 300 } });
    const statuses: number[] = [];
    connection.apply({ name: 'statuses', onStatus: (status) => statuses.push(status) });
    const pong = new Promise((resolve) => connection.onMessage(MessageType.Pong, resolve));
    const over = connection.onReady(() => connection.dispatch(2, new Uint8Array(2 * 1024 * 1024))).start();
    await pong;
    expect(statuses).toEqual([Status.Ready]);
    connection.close();
    await over;
  },
);
