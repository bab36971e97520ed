import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ClosedError, MessageType, parseCloseCode, Status } from 'webson';
import { Inbox } from './inbox.js';
import { connect, DIRECTIONS, dialTo, startWs, type WsEnd, websonEnd, wsEnd } from './pair.js';

const LONG_REASON = `${'é'.repeat(60)}日`;

const CLOSES: readonly (readonly [number, string])[] = [
  [1000, ''],
  [1000, 'done'],
  [1001, 'going away'],
  [1002, 'protocol'],
  [1003, ''],
  [1007, ''],
  [1008, 'policy'],
  [1009, ''],
  [1011, ''],
  [1012, ''],
  [1013, ''],
  [1014, ''],
  [3000, 'registered'],
  [3999, 'ü'],
  [4000, 'private'],
  [4999, LONG_REASON],
];

test('the long reason is as long as one may be', () => expect(Buffer.byteLength(LONG_REASON)).toBe(123));

describe.each(DIRECTIONS)('%s', (direction) => {
  test.each(CLOSES)('webson closes with %i %j', async (code, reason) => {
    const { webson, ws } = await connect(direction);
    webson.connection.close(code, reason);
    expect(webson.connection.status).toBe(Status.Ready);
    expect(await ws.closed).toEqual({ code, reason, wasClean: true });
    // The answer of ws echoes code and reason.
    expect(await webson.ended).toEqual({ code, reason, wasClean: true });
    expect(webson.connection.status).toBe(Status.Closed);
    expect(ws.errors).toEqual([]);
  });

  test.each(CLOSES)('ws closes with %i %j', async (code, reason) => {
    const received = new Inbox<unknown>();
    const { webson, ws } = await connect(direction, {
      onWebson: ({ connection }) =>
        connection.onMessage(MessageType.Close, (message) => received.push(parseCloseCode(message.read()))),
    });
    ws.socket.close(code, reason);
    expect(await webson.ended).toEqual({ code, reason, wasClean: true });
    expect(await received.next()).toEqual({ code, reason });
    expect(await ws.closed).toEqual({ code, reason, wasClean: true });
    expect(ws.errors).toEqual([]);
  });

  test('webson closes without a code: 1000', async () => {
    const { webson, ws } = await connect(direction);
    webson.connection.close();
    expect(await ws.closed).toEqual({ code: 1000, reason: '', wasClean: true });
    expect(await webson.ended).toEqual({ code: 1000, reason: '', wasClean: true });
  });

  test('ws closes without a code: 1005 on both sides', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.close();
    expect(await webson.ended).toEqual({ code: 1005, reason: '', wasClean: true });
    expect(await ws.closed).toEqual({ code: 1005, reason: '', wasClean: true });
  });

  test('both close at once: each hears the other', async () => {
    const { webson, ws } = await connect(direction);
    webson.connection.close(3001, 'webson');
    ws.socket.close(3002, 'ws');
    expect(await webson.ended).toEqual({ code: 3002, reason: 'ws', wasClean: true });
    expect(await ws.closed).toEqual({ code: 3001, reason: 'webson', wasClean: true });
  });

  test('all that webson sent before its close arrives', async () => {
    const { webson, ws } = await connect(direction);
    for (let index = 0; index < 1000; index++) webson.send(`${index} ${'x'.repeat(2000)}`);
    webson.connection.close(4000);
    expect(() => webson.send('too late')).toThrow(ClosedError);
    expect((await ws.messages.take(1000)).map((text) => Number.parseInt(String(text), 10))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index),
    );
    expect(await ws.closed).toEqual({ code: 4000, reason: '', wasClean: true });
    expect(await webson.ended).toMatchObject({ code: 4000, wasClean: true });
  });

  test('all that ws sent before its close arrives', async () => {
    const { webson, ws } = await connect(direction);
    for (let index = 0; index < 1000; index++) ws.send(`${index} ${'x'.repeat(2000)}`);
    ws.socket.close(4000);
    expect((await webson.messages.take(1000)).map((text) => Number.parseInt(String(text), 10))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index),
    );
    expect(await webson.ended).toEqual({ code: 4000, reason: '', wasClean: true });
    expect(await ws.closed).toMatchObject({ code: 4000, wasClean: true });
  });

  test('what ws sends between the close of webson and its own still arrives', async () => {
    const { webson, ws } = await connect(direction);
    webson.connection.close(3000);
    for (let index = 0; index < 100; index++) ws.send(`still ${index}`);
    expect(await webson.messages.take(100)).toEqual(Array.from({ length: 100 }, (_, index) => `still ${index}`));
    expect(await webson.ended).toEqual({ code: 3000, reason: '', wasClean: true });
    expect(await ws.closed).toEqual({ code: 3000, reason: '', wasClean: true });
  });

  test('ws terminates: 1006', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.terminate();
    const info = await webson.ended;
    expect(info).toMatchObject({ code: 1006, reason: '', wasClean: false });
    expect(await ws.closed).toMatchObject({ code: 1006, wasClean: false });
    expect(webson.connection.status).toBe(Status.Closed);
  });

  test('ws terminates in the middle of a message: 1006, and the half is not delivered', async () => {
    const { webson, ws } = await connect(direction);
    ws.send('whole');
    ws.socket.send('half', { fin: false });
    expect(await webson.messages.next()).toBe('whole');
    ws.socket.terminate();
    expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
    expect(webson.messages.size).toBe(0);
  });

  test('a sender that waits hears that ws is gone', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.pause();
    // More than the system takes for a peer that does not read.
    const piece = new Uint8Array(2 ** 20);
    for (let index = 0; index < 64; index++) webson.connection.dispatch(MessageType.Binary, piece);
    const waiting = webson.connection.drained();
    ws.socket.terminate();
    await expect(waiting).rejects.toBeInstanceOf(ClosedError);
    expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
  });

  test('a ws that never answers the close is left after timeout.close', async () => {
    const { webson, ws } = await connect(direction, { webson: { timeout: { close: 100 } } });
    ws.socket.pause();
    webson.connection.close(1000);
    expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
    ws.socket.resume();
    await ws.closed;
  });
});

test('the socket of a webson client breaks: 1006 on both sides', async () => {
  const accepted = new Inbox<WsEnd>();
  const url = new URL(await startWs({}, (socket) => accepted.push(wsEnd(socket))));
  let raw: Duplex | undefined;
  const connection = await dialTo(url.href, {
    connect: () => {
      raw = connectTcp({ host: url.hostname, port: Number(url.port) });
      return raw;
    },
  });
  const webson = websonEnd(connection);
  const ws = await accepted.next();
  raw?.destroy();
  expect(await webson.ended).toMatchObject({ code: 1006, wasClean: false });
  expect(await ws.closed).toMatchObject({ code: 1006, wasClean: false });
});

test('a webson server that closes tells its ws clients 1001', async () => {
  const pair = await connect('ws client, webson server', {
    onWebson: ({ connection }) => connection.onMessage(MessageType.Text, (_, adapter) => adapter.close(1001)),
  });
  pair.ws.send('close, please');
  expect(await pair.ws.closed).toEqual({ code: 1001, reason: '', wasClean: true });
});
