import { describe, expect, test } from 'vitest';
import { MessageType, Status } from 'webson';
import { connect, DIRECTIONS } from './pair.js';

const PAYLOADS: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['one byte', 'x'],
  ['text beyond ASCII', 'é日😀'],
  ['125 bytes', 'p'.repeat(125)],
];

describe.each(DIRECTIONS)('%s', (direction) => {
  test.each(PAYLOADS)('a ping of ws with %s comes back to it as a pong', async (_name, payload) => {
    const { ws } = await connect(direction);
    ws.socket.ping(payload);
    expect(await ws.pongs.next()).toBe(payload);
  });

  test.each(PAYLOADS)('a ping of webson with %s comes back to it as a pong', async (_name, payload) => {
    const { webson, ws } = await connect(direction);
    webson.connection.ping(payload);
    expect(await ws.pings.next()).toBe(payload);
    expect(await webson.pongs.next()).toBe(payload);
  });

  test.each(PAYLOADS)('a pong nobody asked for with %s is heard on either side', async (_name, payload) => {
    const { webson, ws } = await connect(direction);
    webson.connection.pong(payload);
    ws.socket.pong(payload);
    expect(await ws.pongs.next()).toBe(payload);
    expect(await webson.pongs.next()).toBe(payload);
  });

  test('pings between messages: pongs and messages keep their order', async () => {
    const { webson, ws } = await connect(direction);
    for (let index = 0; index < 100; index++) {
      ws.send(`message ${index}`);
      ws.socket.ping(`ping ${index}`);
      webson.send(`message ${index}`);
      webson.connection.ping(`ping ${index}`);
      // One at a time: a burst of pings may be answered by fewer pongs (RFC 6455 §5.5.3).
      expect(await ws.pongs.next()).toBe(`ping ${index}`);
      expect(await webson.pongs.next()).toBe(`ping ${index}`);
    }
    const expected = Array.from({ length: 100 }, (_, index) => `message ${index}`);
    expect(await webson.messages.take(100)).toEqual(expected);
    expect(await ws.messages.take(100)).toEqual(expected);
  });

  test('of a burst of pings the newest is always answered (RFC 6455 §5.5.3)', async () => {
    const { ws } = await connect(direction);
    for (let index = 0; index < 1000; index++) ws.socket.ping(`ping ${index}`);
    let last = -1;
    while (last < 999) {
      const number = Number((await ws.pongs.next()).slice('ping '.length));
      expect(number).toBeGreaterThan(last);
      last = number;
    }
  });

  test('who handles pings answers them', async () => {
    const { ws } = await connect(direction, {
      onWebson: ({ connection }) =>
        connection.onMessage(MessageType.Ping, (message, adapter) => adapter.pong(`not ${message.text()}`)),
    });
    ws.socket.ping('this');
    expect(await ws.pongs.next()).toBe('not this');
  });

  test('the heartbeat pings, ws answers, the connection stays ready', async () => {
    const statuses: Status[] = [];
    const { webson, ws } = await connect(direction, {
      webson: { pingInterval: 20, timeout: { pong: 5_000 } },
      onWebson: ({ connection }) => connection.onStatus(Status.Timeout, () => statuses.push(Status.Timeout)),
    });
    await ws.pings.take(3);
    await webson.pongs.take(3);
    expect(statuses).toEqual([]);
    expect(webson.connection.status).toBe(Status.Ready);
  });

  test('a ws that does not answer pings is overdue; a pong later it is ready again', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.pause();
    const overdue = new Promise((resolve) => webson.connection.onStatus(Status.Timeout, resolve));
    const ready = new Promise((resolve) => webson.connection.onStatus(Status.Ready, resolve));
    webson.connection.keepPing(20, 50);
    await overdue;
    expect(webson.connection.status).toBe(Status.Timeout);
    ws.socket.resume();
    await ready;
    webson.connection.keepPing(0, 5_000);
    expect(webson.connection.status).toBe(Status.Ready);
    webson.send('still there');
    expect(await ws.messages.next()).toBe('still there');
  });
});
