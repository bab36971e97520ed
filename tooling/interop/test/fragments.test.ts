import { describe, expect, test } from 'vitest';
import { MessageType } from 'webson';
import { connect, DIRECTIONS, sendFragments } from './pair.js';
import { bytesOf, cut, expectSame, TEXTS, textOf } from './payloads.js';

const EMPTY = new Uint8Array(0);
const TEXT = Buffer.from('añ日😀z');

const CUTS: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['two halves', [TEXT.subarray(0, 1), TEXT.subarray(1)]],
  ['one byte at a time, inside of characters', Array.from(TEXT, (_, index) => TEXT.subarray(index, index + 1))],
  ['an empty first fragment', [EMPTY, TEXT]],
  ['an empty last fragment', [TEXT, EMPTY]],
  ['empty fragments between', [TEXT.subarray(0, 2), EMPTY, EMPTY, TEXT.subarray(2), EMPTY]],
  ['empty fragments inside of a character', [TEXT.subarray(0, 6), EMPTY, TEXT.subarray(6)]],
  ['nothing but empty fragments', [EMPTY, EMPTY, EMPTY]],
  ['125, 126 and 65536 bytes', [125, 126, 65_536].map((length) => Buffer.from(textOf(length)))],
  ['1000 fragments', Array.from({ length: 1000 }, (_, index) => Buffer.from(`${index},`))],
  ['1 MiB in 16 KiB', Array.from({ length: 64 }, (_, index) => Buffer.from(String(index % 10).repeat(16_384)))],
];

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

describe.each(DIRECTIONS)('%s', (direction) => {
  describe('fragments that ws sends', () => {
    test.each(CUTS)('%s', async (_name, pieces) => {
      const { webson, ws } = await connect(direction);
      const whole = Buffer.concat(pieces);
      sendFragments(ws.socket, pieces, false);
      sendFragments(ws.socket, pieces, true);
      ws.send('a message in one frame');
      expectSame(await webson.messages.next(), whole.toString());
      expectSame(await webson.messages.next(), whole);
      expectSame(await webson.messages.next(), 'a message in one frame');
    });

    test.each(SEEDS)('cut at random, seed %i', async (seed) => {
      const { webson, ws } = await connect(direction);
      const binary = bytesOf(seed * 9_973);
      const text = Buffer.from(TEXTS['three bytes']?.repeat(seed * 50) ?? '');
      sendFragments(ws.socket, cut(binary, 3 * seed, seed), true);
      sendFragments(ws.socket, cut(text, 3 * seed, seed), false);
      expectSame(await webson.messages.next(), binary);
      expectSame(await webson.messages.next(), text.toString());
    });

    test('pings between fragments are answered, the message comes whole', async () => {
      const { webson, ws } = await connect(direction);
      const pieces = cut(bytesOf(5_000), 10, 1);
      for (const [index, piece] of pieces.entries()) {
        ws.socket.ping(`ping ${index}`);
        ws.socket.send(piece, { fin: false });
        // Answered while the message is open: not before its end, and not after.
        expect(await ws.pongs.next()).toBe(`ping ${index}`);
        expect(webson.messages.size).toBe(0);
      }
      ws.socket.send(EMPTY, { fin: true });
      expectSame(await webson.messages.next(), Buffer.concat(pieces));
    });

    test('pings and pongs in one burst with fragments', async () => {
      const { webson, ws } = await connect(direction);
      const pieces = cut(Buffer.from(TEXTS['four bytes'] ?? ''), 5, 2);
      for (const [index, piece] of pieces.entries()) {
        ws.socket.send(piece, { binary: false, fin: index === pieces.length - 1 });
        ws.socket.ping(`ping ${index}`);
        ws.socket.pong(`unasked ${index}`);
      }
      expectSame(await webson.messages.next(), TEXTS['four bytes'] ?? '');
      expect(await ws.pongs.take(pieces.length)).toEqual(pieces.map((_, index) => `ping ${index}`));
      expect(await webson.pongs.take(pieces.length)).toEqual(pieces.map((_, index) => `unasked ${index}`));
    });

    test('a close between fragments ends the connection, the half message is not delivered', async () => {
      const { webson, ws } = await connect(direction);
      ws.socket.send('half', { fin: false });
      ws.socket.close(3000, 'enough');
      expect(await webson.ended).toEqual({ code: 3000, reason: 'enough', wasClean: true });
      expect(await ws.closed).toEqual({ code: 3000, reason: 'enough', wasClean: true });
      expect(webson.messages.size).toBe(0);
    });
  });

  describe('fragments that webson sends', () => {
    test.each(CUTS)('%s', async (_name, pieces) => {
      const { webson, ws } = await connect(direction);
      const whole = Buffer.concat(pieces);
      await webson.connection.dispatchReader(MessageType.Text, pieces);
      await webson.connection.dispatchReader(MessageType.Binary, pieces);
      webson.send('a message in one frame');
      expectSame(await ws.messages.next(), whole.toString());
      expectSame(await ws.messages.next(), whole);
      expectSame(await ws.messages.next(), 'a message in one frame');
    });

    test.each(SEEDS)('cut at random, seed %i', async (seed) => {
      const { webson, ws } = await connect(direction, { webson: { chunkSize: 4096 + seed } });
      const binary = bytesOf(seed * 9_973);
      const pieces = cut(binary, 3 * seed, seed);
      const source = { array: pieces, generator: generate(pieces), stream: streamOf(pieces) };
      for (const each of Object.values(source)) {
        await webson.connection.dispatchReader(MessageType.Binary, each);
        expectSame(await ws.messages.next(), binary);
      }
    });

    test('a source that yields nothing is an empty message', async () => {
      const { webson, ws } = await connect(direction);
      await webson.connection.dispatchReader(MessageType.Text, []);
      expectSame(await ws.messages.next(), '');
    });

    test('pings of both sides pass between fragments', async () => {
      const { webson, ws } = await connect(direction);
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 5; index++) {
          yield Buffer.from(`piece ${index} `);
          webson.connection.ping(`from webson ${index}`);
          expect(await webson.pongs.next()).toBe(`from webson ${index}`);
          ws.socket.ping(`from ws ${index}`);
          expect(await ws.pongs.next()).toBe(`from ws ${index}`);
          expect(ws.messages.size).toBe(0);
        }
      }
      await webson.connection.dispatchReader(MessageType.Text, source());
      expectSame(await ws.messages.next(), 'piece 0 piece 1 piece 2 piece 3 piece 4 ');
    });

    test('messages dispatched meanwhile follow after its end, in order', async () => {
      const { webson, ws } = await connect(direction);
      async function* source(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('first ');
        webson.send('second');
        webson.send(bytesOf(70_000));
        yield Buffer.from('of all');
      }
      const first = webson.connection.dispatchReader(MessageType.Text, source());
      const third = webson.connection.dispatchReader(MessageType.Text, [Buffer.from('in '), Buffer.from('turn')]);
      await Promise.all([first, third]);
      const texts = [];
      for (let index = 0; index < 4; index++) {
        const message = await ws.messages.next();
        texts.push(typeof message === 'string' ? message : message.length);
      }
      expect(texts[0]).toBe('first of all');
      expect(texts.slice(1).sort()).toEqual([70_000, 'in turn', 'second']);
      expect(texts.indexOf('second')).toBeLessThan(texts.indexOf(70_000));
    });

    test('a source that fails half way closes with 1011', async () => {
      const { webson, ws } = await connect(direction);
      const failure = new Error('the disk is gone');
      async function* source(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half');
        webson.connection.ping('the half is out');
        await webson.pongs.next();
        throw failure;
      }
      await expect(webson.connection.dispatchReader(MessageType.Text, source())).rejects.toBe(failure);
      expect(await ws.closed).toMatchObject({ code: 1011 });
      expect(await webson.ended).toMatchObject({ code: 1011, wasClean: false, error: failure });
      expect(ws.messages.size).toBe(0);
    });
  });
});

async function* generate(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new Blob(pieces as Uint8Array<ArrayBuffer>[]).stream();
}
