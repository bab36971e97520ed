import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, MessageTooLargeError, ProtocolError } from 'webson';
import { connect, DIRECTIONS, sendFragments, type WsEnd } from './pair.js';
import { bytesOf, expectSame } from './payloads.js';

const DEFLATE = { webson: { enableCompress: { threshold: 0 } }, ws: { perMessageDeflate: { threshold: 0 } } } as const;

const piecesOf = (sizes: number[]): Uint8Array[] => sizes.map((size) => bytesOf(size));

describe.each(DIRECTIONS)('%s', (direction) => {
  describe('webson sends more than ws takes', () => {
    const CASES: readonly (readonly [string, Parameters<typeof connect>[1], Uint8Array])[] = [
      ['plain', {}, bytesOf(1001)],
      ['far more', {}, bytesOf(1_000_000)],
      ['compressed', DEFLATE, new Uint8Array(100_000)],
    ];

    test.each(CASES)('%s: 1009', async (_name, options, payload) => {
      const { webson, ws } = await connect(direction, { ...options, ws: { ...options?.ws, maxPayload: 1000 } });
      webson.send(bytesOf(1000));
      expectSame(await ws.messages.next(), bytesOf(1000));
      webson.send(payload);
      // ws reads nothing after its own Close, and so reports no code of the peer.
      expect(await ws.closed).toMatchObject({ code: 1006, wasClean: false });
      expect(ws.errors).toMatchObject([{ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' }]);
      expect(await webson.ended).toEqual({ code: 1009, reason: '', wasClean: true });
      expect(ws.messages.size).toBe(0);
    });
  });

  describe('ws sends more than webson takes', () => {
    const CASES: readonly (readonly [string, ConnectionOptions, (ws: WsEnd) => void])[] = [
      ['maxMessageSize, one frame', { maxMessageSize: 1000 }, (ws) => ws.send(bytesOf(1001))],
      ['maxMessageSize, far more', { maxMessageSize: 1000 }, (ws) => ws.send(bytesOf(1_000_000))],
      ['maxMessageSize, 0', { maxMessageSize: 0 }, (ws) => ws.send('x')],
      [
        'maxMessageSize, fragments',
        { maxMessageSize: 1000 },
        (ws) => sendFragments(ws.socket, piecesOf([400, 400, 201]), true),
      ],
      ['maxPayloadSize', { maxPayloadSize: 1000 }, (ws) => ws.send(bytesOf(1001))],
      [
        'maxPayloadSize, the second fragment',
        { maxPayloadSize: 1000 },
        (ws) => sendFragments(ws.socket, piecesOf([1000, 1001, 1]), true),
      ],
      [
        'maxMessageSize, compressed',
        { ...DEFLATE.webson, maxMessageSize: 1000 },
        (ws) => ws.send(new Uint8Array(1_000_000)),
      ],
    ];

    test.each(CASES)('%s: 1009', async (_name, options, send) => {
      const { webson, ws } = await connect(direction, { webson: options, ws: DEFLATE.ws });
      send(ws);
      expect(await ws.closed).toMatchObject({ code: 1009, wasClean: true });
      const info = await webson.ended;
      expect(info).toMatchObject({ code: 1009, wasClean: false });
      expect(info.error).toBeInstanceOf(MessageTooLargeError);
      expect(webson.messages.size).toBe(0);
    });

    test('as much as is allowed comes through', async () => {
      const options = { ...DEFLATE.webson, maxMessageSize: 1000, maxPayloadSize: 1100, maxFragments: 3 };
      const { webson, ws } = await connect(direction, { webson: options, ws: DEFLATE.ws });
      const pieces = piecesOf([500, 0, 500]);
      ws.send(new Uint8Array(1000));
      ws.send(bytesOf(1000));
      sendFragments(ws.socket, pieces, true);
      expectSame(await webson.messages.next(), new Uint8Array(1000));
      expectSame(await webson.messages.next(), bytesOf(1000));
      expectSame(await webson.messages.next(), Buffer.concat(pieces));
    });

    test('maxFragments: 1008', async () => {
      const { webson, ws } = await connect(direction, { webson: { maxFragments: 3 } });
      sendFragments(ws.socket, piecesOf([1, 0, 1, 1]), true);
      expect(await ws.closed).toMatchObject({ code: 1008, wasClean: true });
      const info = await webson.ended;
      expect(info).toMatchObject({ code: 1008, wasClean: false });
      expect(info.error).toBeInstanceOf(ProtocolError);
    });
  });

  test('ws sends text that is not UTF-8: 1007', async () => {
    const { webson, ws } = await connect(direction);
    ws.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect(await ws.closed).toMatchObject({ code: 1007, wasClean: true });
    expect(await webson.ended).toMatchObject({ code: 1007, wasClean: false });
    expect(webson.messages.size).toBe(0);
  });
});
