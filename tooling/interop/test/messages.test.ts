import { describe, expect, test } from 'vitest';
import { MessageType } from 'webson';
import { connect, DIRECTIONS } from './pair.js';
import { bytesOf, expectSame, type Payload, SIZES, TEXTS, textOf } from './payloads.js';

const PAYLOADS: readonly (readonly [string, Payload])[] = [
  ...SIZES.map((size) => [`text of ${size} bytes`, textOf(size)] as const),
  ...SIZES.map((size) => [`binary of ${size} bytes`, bytesOf(size)] as const),
  ...Object.entries(TEXTS).map(([name, text]) => [`text: ${name}`, text] as const),
];

const BURST = 10_000;

describe.each(DIRECTIONS)('%s', (direction) => {
  test.each(PAYLOADS)('%s, both ways', async (_name, payload) => {
    const { webson, ws } = await connect(direction);
    webson.send(payload);
    ws.send(payload);
    expectSame(await ws.messages.next(), payload);
    expectSame(await webson.messages.next(), payload);
  });

  test('all of them on one connection, one after the other', async () => {
    const { webson, ws } = await connect(direction);
    for (const [, payload] of PAYLOADS) {
      webson.send(payload);
      ws.send(payload);
    }
    for (const [, payload] of PAYLOADS) {
      expectSame(await ws.messages.next(), payload);
      expectSame(await webson.messages.next(), payload);
    }
  });

  test('a surrogate without its other half is sent as a replacement character', async () => {
    const { webson, ws } = await connect(direction);
    webson.send('a\ud800b');
    ws.send('a\udc00b');
    expectSame(await ws.messages.next(), 'a\ufffdb');
    expectSame(await webson.messages.next(), 'a\ufffdb');
  });

  test('what is sent at once on either side comes after the handshake, none lost', async () => {
    const first = Array.from({ length: 20 }, (_, index) => bytesOf(index * 700));
    const { webson, ws } = await connect(direction, {
      onWebson: (end) => first.forEach(end.send),
      onWs: ({ socket }) => {
        const send = (): void => first.forEach((payload) => void socket.send(payload));
        if (socket.readyState === socket.OPEN) send();
        else socket.once('open', send);
      },
    });
    for (const payload of first) {
      expectSame(await webson.messages.next(), payload);
      expectSame(await ws.messages.next(), payload);
    }
  });

  test('every kind of bytes goes out of webson as what it holds, and stays as it was', async () => {
    const { webson, ws } = await connect(direction);
    const bytes = bytesOf(200);
    const copy = bytes.slice();
    const sources = [bytes, Buffer.from(bytes), bytes.buffer as ArrayBuffer];
    for (const source of sources) webson.connection.dispatch(MessageType.Binary, source);
    for (const _ of sources) expectSame(await ws.messages.next(), copy);
    expectSame(bytes, copy);
  });

  test(`${BURST} messages in a burst come in order, both ways`, async () => {
    const { webson, ws } = await connect(direction);
    const sent = Array.from({ length: BURST }, (_, index): Payload => {
      const text = `${index} ${'é'.repeat(index % 150)}`;
      return index % 3 === 0 ? Buffer.from(text) : text;
    });
    for (const payload of sent) webson.send(payload);
    for (const payload of sent) ws.send(payload);
    for (const payload of sent) expectSame(await ws.messages.next(), payload);
    for (const payload of sent) expectSame(await webson.messages.next(), payload);
  });

  test('an echo of messages of every size comes back in order', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.on('message', (data, isBinary) => ws.socket.send(data, { binary: isBinary }));
    const sent = Array.from({ length: 300 }, (_, index) => bytesOf((index * 7919) % 70_000));
    for (const payload of sent) webson.send(payload);
    for (const payload of sent) expectSame(await webson.messages.next(), payload);
  });

  test('a sender that waits for drained gets 16 MiB through with a bounded queue', async () => {
    const { webson, ws } = await connect(direction);
    const piece = bytesOf(65_536);
    let largest = 0;
    for (let index = 0; index < 256; index++) {
      if (!webson.connection.dispatch(MessageType.Binary, piece)) await webson.connection.drained();
      largest = Math.max(largest, webson.connection.bufferedAmount);
    }
    for (let index = 0; index < 256; index++) expectSame(await ws.messages.next(), piece);
    expect(largest).toBeLessThan(2 ** 21);
  });
});
