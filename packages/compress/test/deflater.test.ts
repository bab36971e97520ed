import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setDrivable } from '../src/driven-zlib.js';
import { CompressClosedError, type Deflater, Inflater } from '../src/index.js';
import { naiveInflate } from './naive-inflate.js';
import { concat, deflater, FRESH, hex, noise, prose, ROOMY, thrownBy, utf8 } from './samples.js';

const TAIL = hex('00 00 ff ff');

describe.each([
  ['driven', true],
  ['documented', false],
])('%s', (_way, isDriven) => {
  beforeAll(() => setDrivable(isDriven));
  afterAll(() => setDrivable(undefined));

  describe('the examples of RFC 7692 §7.2.3', () => {
    test('§7.2.3.1: one block', () => {
      expect(deflater().deflate(utf8('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    });

    test('§7.2.3.2: sharing the window', () => {
      const shared = deflater({ contextTakeover: true });
      expect(shared.deflate(utf8('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
      expect(shared.deflate(utf8('Hello'))).toEqual(hex('f2 00 11 00 00'));
    });

    test('§7.2.3.2: not sharing it', () => {
      const fresh = deflater();
      fresh.deflate(utf8('Hello'));
      expect(fresh.deflate(utf8('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    });

    test('§7.2.3.3: a block without compression', () => {
      expect(deflater({}, { level: 0 }).deflate(utf8('Hello'))).toEqual(hex('00 05 00 fa ff 48 65 6c 6c 6f 00'));
    });

    test('§7.2.3.6: an empty message', () => {
      expect(deflater().deflate(new Uint8Array(0))).toEqual(hex('00'));
      expect(deflater({ contextTakeover: true }).deflate(new Uint8Array(0))).toEqual(hex('00'));
    });
  });

  describe('deflate', () => {
    const settings = fc.record({
      level: fc.integer({ min: -1, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
      windowBits: fc.integer({ min: 8, max: 15 }),
      contextTakeover: fc.boolean(),
    });
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(3000).map(prose),
      fc.nat(3000).map((length) => noise(length)),
      fc.nat(3000).map((length) => new Uint8Array(length).fill(7)),
    );

    test('the twin reads it: complete, and within the window', () => {
      fc.assert(
        fc.property(
          settings,
          fc.array(message, { minLength: 1, maxLength: 3 }),
          ({ level, memLevel, ...direction }, list) => {
            const sender = deflater(direction, { level, memLevel });
            let history: Uint8Array = new Uint8Array(0);
            for (const bytes of list) {
              const result = naiveInflate(concat(sender.deflate(bytes), TAIL), history);
              expect(result.output).toEqual(bytes);
              expect(result.complete).toBe(true);
              expect(result.maxDistance).toBeLessThanOrEqual(2 ** direction.windowBits);
              if (direction.contextTakeover) history = concat(history, bytes);
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    test.each([8, 9, 10, 12])('never refers back further than 2 ** %d', (windowBits) => {
      const far = concat(noise(250), noise(2 ** windowBits, 2), noise(250), new Uint8Array(50), prose(8000));
      for (const level of [1, 6, 9]) {
        const sender = deflater({ windowBits, contextTakeover: true }, { level });
        const first = naiveInflate(concat(sender.deflate(far), TAIL));
        expect(first.output).toEqual(far);
        expect(first.maxDistance).toBeGreaterThan(0);
        expect(first.maxDistance).toBeLessThanOrEqual(2 ** windowBits);
        const second = naiveInflate(concat(sender.deflate(far), TAIL), far);
        expect(second.output).toEqual(far);
        expect(second.maxDistance).toBeLessThanOrEqual(2 ** windowBits);
      }
    });

    test('a window of 2 ** 8 still compresses runs', () => {
      const run = new Uint8Array(4096).fill(7);
      expect(deflater({ windowBits: 8 }).deflate(run).length).toBeLessThan(100);
      // One byte back and no more: what zlib documents of its run-length strategy, which 2 ** 8 relies on.
      const mixed = concat(prose(3000), run, prose(3000));
      expect(naiveInflate(concat(deflater({ windowBits: 8 }).deflate(mixed), TAIL)).maxDistance).toBe(1);
    });

    test('lengths around the size of an output chunk', () => {
      const inflater = new Inflater(FRESH);
      const sender = deflater();
      const sizes = [1, 2, 63, 64, 65, 4096];
      for (let size = 65_515; size < 65_560; size++) sizes.push(size);
      for (const size of sizes) {
        const bytes = noise(size);
        expect(Buffer.compare(inflater.inflate(sender.deflate(bytes), size), bytes)).toBe(0);
      }
    });

    test('leaves the message alone and gives plain arrays of their own', () => {
      const message = prose(3000);
      const payload = deflater().deflate(message);
      expect(message).toEqual(prose(3000));
      expect(Buffer.isBuffer(payload)).toBe(false);
      expect(payload.buffer.byteLength).toBeLessThanOrEqual(payload.length * 1.25);
    });

    test('any view means its bytes', () => {
      const memory = prose(3000);
      expect(deflater().deflate(memory.subarray(100, 200))).toEqual(deflater().deflate(memory.slice(100, 200)));
    });
  });

  describe('tryDeflate', () => {
    test('leaves short messages plain', () => {
      const sender = deflater({}, { threshold: 100 });
      expect(sender.tryDeflate(new Uint8Array(99))).toBeUndefined();
      expect(sender.tryDeflate(new Uint8Array(100))).toBeDefined();
    });

    test('leaves plain what does not shrink, the empty message too', () => {
      const sender = deflater({}, { threshold: 0 });
      expect(sender.tryDeflate(noise(5000))).toBeUndefined();
      expect(sender.tryDeflate(new Uint8Array(0))).toBeUndefined();
      expect(sender.tryDeflate(prose(5000))).toEqual(deflater().deflate(prose(5000)));
    });

    test('what was sent plain is not referred to', () => {
      const sender = deflater({ contextTakeover: true }, { threshold: 0 });
      const receiver = new Inflater({ contextTakeover: true, windowBits: 15 });
      const plain = noise(2000);
      expect(sender.tryDeflate(plain)).toBeUndefined();
      const similar = concat(plain, prose(3000));
      const payload = sender.tryDeflate(similar);
      expect(payload && receiver.inflate(payload, ROOMY)).toEqual(similar);
      const again = sender.tryDeflate(similar);
      expect(again?.length).toBeLessThan(200);
      expect(again && receiver.inflate(again, ROOMY)).toEqual(similar);
    });
  });

  describe('tryDeflateLater', () => {
    function later(sender: Deflater, message: Uint8Array): Promise<Uint8Array | undefined> {
      return new Promise((resolve) => sender.tryDeflateLater(message, resolve));
    }

    test('gives the same as tryDeflate', async () => {
      for (const message of [prose(300_000), noise(5000), new Uint8Array(1)]) {
        expect(await later(deflater(), message)).toEqual(deflater({}, { threshold: 0 }).tryDeflate(message));
      }
    });

    test('with context takeover it takes its place between the others', async () => {
      const direction = { contextTakeover: true, windowBits: 15 };
      const sender = deflater(direction);
      const receiver = new Inflater(direction);
      const check = (payload: Uint8Array | undefined, message: Uint8Array) => {
        expect(payload && Buffer.compare(receiver.inflate(payload, ROOMY), message)).toBe(0);
      };
      for (let round = 0; round < 3; round++) {
        check(sender.tryDeflate(prose(2000)), prose(2000));
        const large = concat(noise(20_000, round), prose(50_000));
        const payload = later(sender, large);
        expect(thrownBy(() => sender.tryDeflate(prose(2000)))).toBeInstanceOf(CompressClosedError);
        check(await payload, large);
        // It goes plain: nothing refers to it.
        expect(await later(sender, noise(40_000, round + 10))).toBeUndefined();
      }
    });

    test('of a message that changes, or is taken away, while the other thread reads: as it was when its turn came', async () => {
      const [written, taken] = [prose(300_000), prose(300_000)];
      const payloads = [later(deflater(), written), later(deflater(), taken)];
      written.fill(0);
      structuredClone(taken.buffer, { transfer: [taken.buffer as ArrayBuffer] });
      const expected = deflater().tryDeflate(prose(300_000));
      expect(await Promise.all(payloads)).toEqual([expected, expected]);
    });

    test('after close nothing is said any more', async () => {
      const sender = deflater();
      const seen: unknown[] = [];
      for (let i = 0; i < 10; i++) sender.tryDeflateLater(prose(100_000), (payload) => seen.push(payload));
      sender.close();
      await later(deflater(), prose(1_000_000));
      expect(seen).toEqual([]);
    });
  });

  describe('close', () => {
    test('ends it', () => {
      const sender = deflater({ contextTakeover: true });
      sender.deflate(utf8('Hello'));
      sender.close();
      sender.close();
      for (const call of [
        () => sender.deflate(utf8('x')),
        () => sender.tryDeflate(utf8('x')),
        () => sender.start(),
        () => sender.tryDeflateLater(utf8('x'), () => {}),
      ]) {
        expect(thrownBy(call)).toBeInstanceOf(CompressClosedError);
      }
    });
  });
});
