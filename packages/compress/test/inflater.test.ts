import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setDrivable } from '../src/driven-zlib.js';
import { CompressClosedError, CompressOptionError, InflateError, Inflater } from '../src/index.js';
import { keptContexts } from '../src/kept-contexts.js';
import { concat, deflater, FRESH, hex, noise, prose, ROOMY, thrownBy, utf8 } from './samples.js';

const HELLO = 'f2 48 cd c9 c9 07 00';

function inflate(payload: Uint8Array, limit = ROOMY): Uint8Array {
  return new Inflater(FRESH).inflate(payload, limit);
}

describe.each([
  ['driven', true],
  ['documented', false],
])('%s', (_way, isDriven) => {
  beforeAll(() => setDrivable(isDriven));
  afterAll(() => setDrivable(undefined));

  describe('the examples of RFC 7692 §7.2.3, and more that is allowed', () => {
    test.each([
      ['§7.2.3.1 one block', HELLO, 'Hello'],
      ['§7.2.3.3 stored', '00 05 00 fa ff 48 65 6c 6c 6f 00', 'Hello'],
      ['§7.2.3.4 BFINAL', 'f3 48 cd c9 c9 07 00 00', 'Hello'],
      ['§7.2.3.5 two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00', 'Hello'],
      ['§7.2.3.6 empty', '00', ''],
      ['BFINAL without the byte after it', 'f3 48 cd c9 c9 07 00', 'Hello'],
      ['BFINAL, then a new stream', 'f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00', 'HelloHello'],
      ['BFINAL, stored and final', '01 02 00 fd ff 48 69', 'Hi'],
      ['BFINAL three times', '03 00 03 00 f3 48 cd c9 c9 07 00', 'Hello'],
      ['an empty fixed block', '02 00', ''],
      ['a message that ends like the tail', '00 05 00 fa ff 41 00 00 ff ff 00', 'A\0\0\u{ff}\u{ff}'],
    ])('%s', (_, payload, text) => {
      expect(Buffer.from(inflate(hex(payload))).toString('latin1')).toBe(text);
    });

    test('§7.2.3.2: sharing the window', () => {
      const shared = new Inflater({ contextTakeover: true, windowBits: 15 });
      expect(shared.inflate(hex(HELLO), 5)).toEqual(utf8('Hello'));
      expect(shared.inflate(hex('f2 00 11 00 00'), 5)).toEqual(utf8('Hello'));
    });

    test('§7.2.3.2: without an agreement on it that is corrupt', () => {
      const fresh = new Inflater(FRESH);
      fresh.inflate(hex(HELLO), 5);
      expect(thrownBy(() => fresh.inflate(hex('f2 00 11 00 00'), 5))).toMatchObject({ code: 'INFLATE_CORRUPT' });
    });
  });

  describe('what is not allowed', () => {
    test.each([
      ['nothing at all', ''],
      ['a bad block type', 'ff ff ff ff ff ff'],
      ['the tail left in, without what follows it', `${HELLO} 00 00 ff ff`],
      ['a byte too many', `${HELLO} 00`],
      ['a byte too few', 'f2 48 cd c9 c9 07'],
      ['garbage after BFINAL', 'f3 48 cd c9 c9 07 00 de ad be ef'],
      ['a match before the start', 'f2 00 11 00 00'],
      ['a stored block four bytes short, filled up by the tail', '00 0a 00 f5 ff 61 62 63 64 65 66'],
      ['a stored block nine bytes short, filled up by all', '00 0a 00 f5 ff 61'],
      ['a stored block with BFINAL four bytes short', '01 0a 00 f5 ff 61 62 63 64 65 66'],
    ])('%s', (_, payload) => {
      const error = thrownBy(() => inflate(hex(payload)));
      expect(error).toBeInstanceOf(InflateError);
      expect(error).toMatchObject({ code: 'INFLATE_CORRUPT', closeCode: 1007 });
    });

    // The first byte of a message that is stored is an empty message by itself: no receiver can tell.
    test.each<[string, Uint8Array, number, number[]]>([
      ['compressed', prose(400), 6, []],
      ['stored', noise(60), 0, [1]],
      [
        'stored, with tails inside',
        concat(hex('00 00 ff ff 00 00 ff ff'), noise(20), hex('00 00 ff ff 00 00 ff ff')),
        0,
        [1],
      ],
      ['runs', new Uint8Array(5000), 9, []],
      ['Huffman', prose(40), 6, []],
    ])('%s, cut anywhere', (_, message, level, wholes) => {
      const payload = deflater({}, { level }).deflate(message);
      expect(inflate(payload)).toEqual(message);
      const accepted: number[] = [];
      for (let end = 0; end < payload.length; end++) {
        try {
          inflate(payload.subarray(0, end));
          accepted.push(end);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INFLATE_CORRUPT' });
        }
      }
      expect(accepted).toEqual(wholes);
    });

    test('a message with BFINAL, cut anywhere', () => {
      const payload = Uint8Array.from(deflateRawSync(prose(400)));
      expect(inflate(payload)).toEqual(prose(400));
      for (let end = 0; end < payload.length; end++) {
        expect(thrownBy(() => inflate(payload.subarray(0, end)))).toMatchObject({ code: 'INFLATE_CORRUPT' });
      }
    });

    test('starting anew without end', () => {
      const restarts = (count: number) => Uint8Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 3 : 0));
      expect(inflate(restarts(1000)).length).toBe(0);
      expect(thrownBy(() => inflate(restarts(1_000_000)))).toMatchObject({ code: 'INFLATE_CORRUPT' });
    });

    test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('the limit %d', (limit) => {
      expect(thrownBy(() => inflate(hex('00'), limit))).toBeInstanceOf(CompressOptionError);
      expect(thrownBy(() => new Inflater(FRESH).start(limit))).toMatchObject({ code: 'INVALID_LIMIT' });
    });
  });

  describe('the limit', () => {
    test.each([0, 1, 5, 1000, 16_384, 65_536, 65_537, 200_000])('%d bytes are allowed, one more is not', (size) => {
      for (const message of [prose(size), noise(size), new Uint8Array(size)]) {
        const payload = deflater().deflate(message);
        expect(Buffer.compare(inflate(payload, size), message)).toBe(0);
        if (size > 0) expect(thrownBy(() => inflate(payload, size - 1))).toMatchObject({ code: 'INFLATE_LIMIT' });
      }
    });

    test('a bomb is stopped, not inflated', () => {
      const bomb = deflater({}, { level: 9 }).deflate(new Uint8Array(256 << 20));
      expect(bomb.length).toBeLessThan(300_000);
      const inflater = new Inflater(FRESH);
      // The least of three, for a busy machine; all of it would take a hundred times as long, and its memory.
      let least = Number.POSITIVE_INFINITY;
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 3; i++) {
        const started = performance.now();
        expect(thrownBy(() => inflater.inflate(bomb, 65_536))).toMatchObject({
          code: 'INFLATE_LIMIT',
          closeCode: 1009,
        });
        least = Math.min(least, performance.now() - started);
      }
      expect(least).toBeLessThan(20);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
    });

    test('counts over all streams of a message', () => {
      const part = Uint8Array.from(deflateRawSync(new Uint8Array(1000)));
      const payload = concat(part, part, part);
      expect(inflate(payload, 3000).length).toBe(3000);
      expect(thrownBy(() => inflate(payload, 2999))).toMatchObject({ code: 'INFLATE_LIMIT' });
    });
  });

  describe('properties', () => {
    const direction = fc.record({ windowBits: fc.integer({ min: 8, max: 15 }), contextTakeover: fc.boolean() });
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.nat(60_000).map(prose),
      fc.nat(60_000).map((n) => noise(n)),
    );

    test('inflate(deflate(x)) = x, message after message', () => {
      fc.assert(
        fc.property(
          direction,
          fc.integer({ min: -1, max: 9 }),
          fc.array(message, { maxLength: 4 }),
          (way, level, list) => {
            const sender = deflater(way, { level });
            const receiver = new Inflater(way);
            for (const bytes of list) {
              const inflated = receiver.inflate(sender.deflate(bytes), bytes.length);
              expect(Buffer.compare(inflated, bytes)).toBe(0);
            }
          },
        ),
      );
    });

    test('any bytes give data within the limit, or an InflateError; the source stays', () => {
      const mutated = fc.tuple(fc.nat(2000).map(prose), fc.nat(), fc.nat(255)).map(([bytes, index, value]) => {
        const payload = deflater().deflate(bytes);
        payload[index % payload.length] = value;
        return payload;
      });
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), fc.nat(3000), (payload, limit) => {
          const copy = payload.slice();
          try {
            expect(inflate(payload, limit).length).toBeLessThanOrEqual(limit);
          } catch (error) {
            expect(error).toBeInstanceOf(InflateError);
            expect(['INFLATE_LIMIT', 'INFLATE_CORRUPT']).toContain((error as InflateError).code);
          }
          expect(payload).toEqual(copy);
        }),
        { numRuns: 2000 },
      );
    });

    test('streams of any sender: several flushes, several ends', () => {
      const flush = fc.constantFrom(constants.Z_SYNC_FLUSH, constants.Z_FULL_FLUSH, constants.Z_FINISH);
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), flush), { maxLength: 5 }), (list) => {
          const pieces = list.map(([bytes, finishFlush]) => deflateRawSync(bytes, { finishFlush }));
          const payload = concat(...pieces, hex('00'));
          expect(inflate(payload)).toEqual(concat(...list.map(([bytes]) => bytes)));
        }),
      );
    });
  });

  describe('results', () => {
    test('are plain arrays that hold no more memory than they need', () => {
      for (const size of [0, 10, 1000, 50_000, 100_000]) {
        const result = inflate(deflater().deflate(prose(size)));
        expect(Buffer.isBuffer(result)).toBe(false);
        expect(result.buffer.byteLength).toBeLessThanOrEqual(size * 1.25);
      }
    });

    test('stay when the next message comes', () => {
      const receiver = new Inflater({ contextTakeover: true, windowBits: 15 });
      const sender = deflater({ contextTakeover: true });
      const first = receiver.inflate(sender.deflate(prose(100)), 100);
      receiver.inflate(sender.deflate(noise(40_000)), 40_000);
      expect(first).toEqual(prose(100));
    });
  });

  test('errors leave nothing behind that comes up later', async () => {
    const seen: unknown[] = [];
    const listener = (error: unknown) => seen.push(error);
    process.on('uncaughtException', listener);
    for (let i = 0; i < 100; i++) thrownBy(() => inflate(hex('ff ff')));
    for (let i = 0; i < 100; i++) thrownBy(() => inflate(hex(HELLO), 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('uncaughtException', listener);
    expect(seen).toEqual([]);
  });

  test('close ends it; a message under way can be finished', () => {
    const receiver = new Inflater({ contextTakeover: true, windowBits: 15 });
    const underWay = receiver.start(100);
    underWay.push(hex(HELLO));
    underWay.end();
    const before = keptContexts.bytes;
    receiver.close();
    receiver.close();
    for (const call of [() => receiver.inflate(hex('00'), 1), () => receiver.start(1)]) {
      expect(thrownBy(call)).toBeInstanceOf(CompressClosedError);
    }
    expect(underWay.pull(100)).toEqual(utf8('Hello'));
    expect(underWay.pull(100)).toBeUndefined();
    expect(underWay.isDone).toBe(true);
    expect(keptContexts.bytes).toBe(before);
  });
});
