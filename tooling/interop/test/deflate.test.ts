import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, dial, MessageType } from 'webson';
import type { PerMessageDeflateOptions } from 'ws';
import { connect, DIRECTIONS, type Direction, dialTo, sendFragments, startWs } from './pair.js';
import { bytesOf, cut, expectSame, type Payload, SIZES, TEXTS, textOf } from './payloads.js';

type WsDeflate = boolean | PerMessageDeflateOptions;
type WebsonDeflate = NonNullable<ConnectionOptions['enableCompress']>;

const NAME = 'permessage-deflate';
const [WEBSON_DIALS, WS_DIALS] = DIRECTIONS;

const WEBSON: Readonly<Record<string, WebsonDeflate>> = {
  off: false,
  on: true,
  'every message': { threshold: 0 },
  'context takeover': { threshold: 0, contextTakeover: true },
  'takeover of the client': { threshold: 0, contextTakeover: { client: true } },
  'takeover of the server': { threshold: 0, contextTakeover: { server: true }, level: 1 },
  'windows of 2 KiB': { threshold: 0, windowBits: 11, contextTakeover: true },
  'a small window of the client': { threshold: 0, windowBits: { client: 9 }, contextTakeover: true, memLevel: 1 },
  stored: { threshold: 0, level: 0 },
};

const WS: Readonly<Record<string, WsDeflate>> = {
  off: false,
  on: true,
  'every message': { threshold: 0 },
  'no takeover of the client': { threshold: 0, clientNoContextTakeover: true },
  'no takeover of the server': { threshold: 0, serverNoContextTakeover: true },
  'no takeover': { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true },
  'window bits of the server': { threshold: 0, serverMaxWindowBits: 9 },
  'window bits of both': { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
};

const MESSAGES: readonly Payload[] = [
  ...SIZES.filter((size) => size < 65_536).map(textOf),
  ...SIZES.filter((size) => size < 65_536).map((size) => bytesOf(size)),
  ...Object.values(TEXTS).filter(({ length }) => length < 10_000),
  // The same again and again: where takeover is agreed it refers back.
  ...Array.from({ length: 10 }, (_, index) => `${textOf(300)}${index}`),
  new Uint8Array(65_536),
];

const CASES = DIRECTIONS.flatMap((direction) =>
  Object.keys(WEBSON).flatMap((webson) => Object.keys(WS).map((ws) => [direction, webson, ws] as const)),
);

test.each(CASES)('%s; webson: %s; ws: %s', async (direction, websonName, wsName) => {
  const enableCompress = WEBSON[websonName] as WebsonDeflate;
  const perMessageDeflate = WS[wsName] as WsDeflate;
  const { webson, ws } = await connect(direction, { webson: { enableCompress }, ws: { perMessageDeflate } });
  const isAgreed = enableCompress !== false && perMessageDeflate !== false;
  expect(Object.keys(webson.connection.extensions)).toEqual(isAgreed ? [NAME] : []);
  expect(ws.socket.extensions).toBe(isAgreed ? NAME : '');
  for (const payload of MESSAGES) {
    webson.send(payload);
    ws.send(payload);
  }
  for (const payload of MESSAGES) {
    expectSame(await ws.messages.next(), payload);
    expectSame(await webson.messages.next(), payload);
  }
  webson.connection.close(1000);
  expect(await ws.closed).toMatchObject({ code: 1000, wasClean: true });
  expect(await webson.ended).toMatchObject({ code: 1000, wasClean: true });
});

const AGREEMENTS: readonly (readonly [Direction, WebsonDeflate, WsDeflate, Record<string, string | true>])[] = [
  [WEBSON_DIALS, true, true, { client_no_context_takeover: true, server_no_context_takeover: true }],
  [WEBSON_DIALS, { contextTakeover: true }, true, {}],
  [
    WEBSON_DIALS,
    { contextTakeover: true },
    { serverNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
    { server_no_context_takeover: true, server_max_window_bits: '9', client_max_window_bits: '10' },
  ],
  [
    WEBSON_DIALS,
    { contextTakeover: true, windowBits: { client: 9, server: 12 } },
    { clientMaxWindowBits: 9 },
    { server_max_window_bits: '12', client_max_window_bits: '9' },
  ],
  [
    // A server that wants a larger window of the client than that declines the first offer, and takes the second.
    WEBSON_DIALS,
    { contextTakeover: true, windowBits: { client: 9, server: 12 } },
    { clientMaxWindowBits: 10 },
    { client_max_window_bits: '10' },
  ],
  [WS_DIALS, true, true, { client_no_context_takeover: true, server_no_context_takeover: true }],
  [WS_DIALS, { contextTakeover: true }, true, {}],
  [
    WS_DIALS,
    { contextTakeover: true },
    { serverNoContextTakeover: true, serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
    { server_no_context_takeover: true, server_max_window_bits: '9', client_max_window_bits: '10' },
  ],
  [
    WS_DIALS,
    { contextTakeover: true, windowBits: { client: 9, server: 12 } },
    true,
    { server_max_window_bits: '12', client_max_window_bits: '9' },
  ],
];

test.each(AGREEMENTS)('%s; %j and %j agree on %j', async (direction, enableCompress, perMessageDeflate, expected) => {
  const { webson } = await connect(direction, { webson: { enableCompress }, ws: { perMessageDeflate } });
  expect(webson.connection.extensions).toEqual({ [NAME]: expected });
});

test('a window that a ws server cannot keep to: the second offer is taken, without it', async () => {
  const { webson, ws } = await connect(WEBSON_DIALS, {
    webson: { enableCompress: { windowBits: { server: 10 }, threshold: 0 } },
    ws: { perMessageDeflate: { serverMaxWindowBits: 12, threshold: 0 } },
  });
  expect(webson.connection.extensions[NAME]).toMatchObject({ server_max_window_bits: '12' });
  ws.send(textOf(100_000));
  expectSame(await webson.messages.next(), textOf(100_000));
});

test('a ws server that refuses every offer answers 400', async () => {
  const own = { perMessageDeflate: { serverNoContextTakeover: false } };
  const url = await startWs({}, () => {}, own);
  await expect(dial(url, { enableCompress: true })).rejects.toMatchObject({ status: 400 });
  const connection = await dialTo(url, { enableCompress: { contextTakeover: { server: true } } });
  expect(Object.keys(connection.extensions)).toEqual([NAME]);
});

describe.each(DIRECTIONS)('%s', (direction) => {
  const compressed = {
    webson: { enableCompress: { threshold: 0 } },
    ws: { perMessageDeflate: { threshold: 0 } },
  };

  test('what compresses is short on the wire, both ways', async () => {
    const { webson, ws, wire } = await connect(direction, compressed);
    const text = textOf(1_000_000);
    const before = [wire.bytesRead, wire.bytesWritten];
    webson.send(text);
    ws.send(text);
    expectSame(await ws.messages.next(), text);
    expectSame(await webson.messages.next(), text);
    expect(wire.bytesRead - before[0]!).toBeLessThan(200_000);
    expect(wire.bytesWritten - before[1]!).toBeLessThan(200_000);
  });

  test('takeover makes what comes again shorter, both ways', async () => {
    const { webson, ws, wire } = await connect(direction, {
      webson: { enableCompress: { threshold: 0, contextTakeover: true } },
      ws: compressed.ws,
    });
    // Of noise that compresses to a half at best, until it comes again.
    const bytes = Buffer.from(Buffer.from(bytesOf(5_000)).toString('hex'));
    const round = async (): Promise<[number, number]> => {
      const before = [wire.bytesRead, wire.bytesWritten] as const;
      webson.send(bytes);
      ws.send(bytes);
      expectSame(await ws.messages.next(), bytes);
      expectSame(await webson.messages.next(), bytes);
      return [wire.bytesRead - before[0], wire.bytesWritten - before[1]];
    };
    const [first, second] = [await round(), await round()];
    for (const count of first) expect(count).toBeGreaterThan(5_000);
    for (const count of second) expect(count).toBeLessThan(1_000);
  });

  test('messages below the threshold go plain beside compressed ones', async () => {
    const { webson, ws } = await connect(direction, {
      webson: { enableCompress: { threshold: 100 } },
      ws: { perMessageDeflate: { threshold: 100 } },
    });
    const sent = Array.from({ length: 200 }, (_, index) => textOf(index));
    for (const text of sent) {
      webson.send(text);
      ws.send(text);
    }
    expect(await ws.messages.take(200)).toEqual(sent);
    expect(await webson.messages.take(200)).toEqual(sent);
  });

  test.each([1, 2, 3, 4, 5])('compressed messages in fragments, cut at random, seed %i', async (seed) => {
    const { webson, ws } = await connect(direction, compressed);
    const pieces = cut(Buffer.from(TEXTS['three bytes']?.repeat(2_000) ?? ''), 20, seed);
    sendFragments(ws.socket, pieces, false);
    ws.socket.ping('after');
    await webson.connection.dispatchReader(MessageType.Text, pieces);
    expectSame(await webson.messages.next(), Buffer.concat(pieces).toString());
    expectSame(await ws.messages.next(), Buffer.concat(pieces).toString());
    expect(await ws.pongs.next()).toBe('after');
  });

  test('3000 messages in a burst come in order, both ways', async () => {
    const { webson, ws } = await connect(direction, compressed);
    const sent = Array.from({ length: 3_000 }, (_, index) => `${index} ${index % 7}`);
    for (const text of sent) {
      webson.send(text);
      ws.send(text);
    }
    expect(await ws.messages.take(sent.length)).toEqual(sent);
    expect(await webson.messages.take(sent.length)).toEqual(sent);
  });

  test('1 MiB, both ways', async () => {
    const { webson, ws } = await connect(direction, compressed);
    for (const payload of [textOf(1_048_576), bytesOf(1_048_576)]) {
      webson.send(payload);
      ws.send(payload);
      expectSame(await ws.messages.next(), payload);
      expectSame(await webson.messages.next(), payload);
    }
  });
});
