import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyAt } from '../src/mask.js';
import {
  applyMask,
  checkPrivateMask,
  maskRangePrivately,
  PrivateMask,
  privateMaskOf,
  widenMaskingKey,
} from '../src/private-mask.js';
import { naiveMask } from './naive.js';
import { propertyTest } from './property.js';
import { hex, toHex } from './recording-sink.js';

const KEY = hex('a1b2c3d4');

// Bytes that differ from their neighbours at every distance up to a few hundred.
function bytesOf(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i + seed) * 167 + ((i + seed) >>> 8) * 13) & 0xff);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Masks a view at `byteOffset` of a larger buffer; what lies around it must stay as it was. */
function check(key: Uint8Array, byteOffset: number, length: number, position: number): string | undefined {
  const around = bytesOf(byteOffset + length + 19, 77);
  const plain = around.slice(byteOffset, byteOffset + length);
  const bytes = around.slice();
  const next = applyMask(bytes.subarray(byteOffset, byteOffset + length), key, position);
  const where = `key ${toHex(key)}, byteOffset ${byteOffset}, length ${length}, position ${position}`;
  if (next !== (position + length) % key.length) return `${where}: next is ${next}`;
  around.set(naiveMask(plain, key, position), byteOffset);
  return same(bytes, around) ? undefined : where;
}

describe('applyMask is the naive twin', () => {
  test('for every byteOffset, position and length, with 4 bytes of key', () => {
    for (let byteOffset = 0; byteOffset < 9; byteOffset++) {
      for (let position = 0; position < 5; position++) {
        for (const length of [...Array(34).keys(), ...Array.from({ length: 90 }, (_, i) => 80 + i), 255, 256, 1031]) {
          const wrong = check(KEY, byteOffset, length, position);
          if (wrong !== undefined) expect.fail(wrong);
        }
      }
    }
  });

  test('for every length of key up to 64', () => {
    for (let quads = 1; quads <= 16; quads++) {
      const key = bytesOf(quads * 4, 5);
      for (let byteOffset = 0; byteOffset < 8; byteOffset++) {
        for (let position = 0; position <= key.length; position += 1 + (quads % 3)) {
          for (const length of [0, 1, 7, 63, 95, 96, 97, 103, 104, 128, 165, 600, 1500]) {
            const wrong = check(key, byteOffset, length, position);
            if (wrong !== undefined) expect.fail(wrong);
          }
        }
      }
    }
  });

  const anyKey = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(255))
    .map(([quads, seed]) => bytesOf(quads * 4, seed));

  propertyTest(
    'for any key, alignment, length and position',
    5000,
    fc.property(
      anyKey,
      fc.integer({ min: 0, max: 40 }),
      fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 200, max: 2000 })),
      fc.oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.maxSafeNat().map((n) => Math.max(0, n - 10_000)),
      ),
      (key, byteOffset, length, position) => {
        expect(check(key, byteOffset, length, position)).toBeUndefined();
      },
    ),
  );

  propertyTest(
    'slice by slice as in one go',
    2000,
    fc.property(
      anyKey,
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 9 }),
      (key, sizes, byteOffset) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const buffer = bytesOf(byteOffset + total, 3);
        const bytes = buffer.subarray(byteOffset);
        const expected = naiveMask(bytes, key, 0);
        let position = 0;
        let at = 0;
        for (const size of sizes) {
          position = applyMask(bytes.subarray(at, at + size), key, position);
          at += size;
        }
        expect(position).toBe(total % key.length);
        expect(same(bytes, expected)).toBe(true);
      },
    ),
  );

  propertyTest(
    'twice is nothing done',
    1000,
    fc.property(anyKey, fc.integer({ min: 0, max: 1000 }), fc.nat(500), (key, length, position) => {
      const bytes = bytesOf(length);
      applyMask(bytes, key, position);
      applyMask(bytes, key, position);
      expect(same(bytes, bytesOf(length))).toBe(true);
    }),
  );
});

describe('applyMask', () => {
  test('position 0 by default', () => {
    const bytes = hex('0000000000');
    expect(applyMask(bytes, KEY)).toBe(1);
    expect(toHex(bytes)).toBe('a1b2c3d4a1');
  });

  test.each<[string, Uint8Array, number]>([
    ['an empty key', new Uint8Array(0), 0],
    ['3 bytes of key', new Uint8Array(3), 0],
    ['6 bytes of key', new Uint8Array(6), 0],
    ['position -1', KEY, -1],
    ['position 0.5', KEY, 0.5],
    ['position NaN', KEY, Number.NaN],
    ['position Infinity', KEY, Number.POSITIVE_INFINITY],
  ])('%s: RangeError, and nothing written', (_, key, position) => {
    const bytes = bytesOf(200);
    expect(() => applyMask(bytes, key, position)).toThrow(RangeError);
    expect(bytes).toEqual(bytesOf(200));
  });

  test('over a buffer whose length is no multiple of 8, to its very end', () => {
    for (let length = 96; length < 112; length++) {
      for (let from = 0; from < 8; from++) {
        const bytes = bytesOf(length + from);
        applyMask(bytes.subarray(from), KEY);
        expect(same(bytes.subarray(from), naiveMask(bytesOf(length + from).subarray(from), KEY, 0))).toBe(true);
      }
    }
  });

  test('over buffers in turn, small and larger than what is kept', () => {
    const all = [200, 5000, (1 << 20) + 64, 300].map((length) => ({ bytes: bytesOf(length), plain: bytesOf(length) }));
    for (let round = 0; round < 3; round++) for (const { bytes } of all) applyMask(bytes, KEY);
    for (const { bytes, plain } of all) expect(same(bytes, naiveMask(plain, KEY, 0))).toBe(true);
  });

  test('over a SharedArrayBuffer', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(200));
    applyMask(bytes, KEY, 2);
    expect(same(bytes, naiveMask(new Uint8Array(200), KEY, 2))).toBe(true);
  });

  test.each([4, 24])('over a buffer that has been resized since, key of %d bytes', (length) => {
    const key = bytesOf(length, 9);
    // ES2024; every run-time supported has it.
    const buffer = Reflect.construct(ArrayBuffer, [128, { maxByteLength: 4096 }]) as ArrayBuffer & {
      resize(length: number): void;
    };
    for (const size of [128, 1024, 256, 4096]) {
      buffer.resize(size);
      const bytes = new Uint8Array(buffer);
      bytes.fill(0);
      applyMask(bytes, key);
      expect(same(bytes, naiveMask(new Uint8Array(size), key, 0))).toBe(true);
    }
  });

  // 4 GiB of address space, of which two pages are touched.
  test.each([4, 24])('at the end of a buffer of 2^32 bytes, key of %d bytes', (length) => {
    const key = bytesOf(length, 9);
    const buffer = new ArrayBuffer(2 ** 32);
    for (const byteOffset of [0, 2 ** 31 - 100, 2 ** 32 - 203]) {
      const bytes = new Uint8Array(buffer, byteOffset, 203);
      applyMask(bytes, key, 3);
      expect(same(bytes, naiveMask(new Uint8Array(203), key, 3))).toBe(true);
      bytes.fill(0);
    }
  });
});

describe('maskRangePrivately', () => {
  // What is laid out for one mask must not be taken for that of another, whichever comes when.
  const masks = [4, 8, 12, 20, 24, 32, 36, 100, 1000, 4096, 7936, 7944, 16_380, 65_536, 65_532, 70_000].map(
    (length) => new PrivateMask(bytesOf(length, length)),
  );
  const anyPiece = fc.record({
    mask: fc.constantFrom(...masks),
    length: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 600 }) },
      { weight: 2, arbitrary: fc.integer({ min: 600, max: 20_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 150_000 }) },
    ),
    from: fc.nat(40),
    byteOffset: fc.nat(9),
    position: fc.nat(140_000),
    seed: fc.nat(255),
  });

  propertyTest(
    'touches [from, to) alone, as the naive twin does, any mask after any other',
    150,
    fc.property(fc.array(anyPiece, { maxLength: 8 }), fc.uint8Array({ minLength: 4, maxLength: 4 }), (pieces, key) => {
      for (const { mask, length, from, byteOffset, position, seed } of pieces) {
        const at = position % mask.bytes.length;
        const to = from + length;
        const wanted = bytesOf(byteOffset + to + 11, seed);
        const bytes = wanted.slice().subarray(byteOffset);
        const payload = wanted.subarray(byteOffset + from, byteOffset + to);
        payload.set(naiveMask(naiveMask(payload, mask.bytes, at), key, 0));
        const answer = maskRangePrivately(bytes, from, to, keyAt(key, 0), mask, at);
        expect(same(bytes, wanted.subarray(byteOffset))).toBe(true);
        const isAscii = payload.every((byte) => byte < 0x80);
        if (answer === 0) expect(isAscii).toBe(true);
        if (length < 96) expect(answer === 0).toBe(isAscii);
      }
    }),
  );

  test.each([24, 4096, 65_536])('every way words can lie on a mask of %d bytes, forth and back', (length) => {
    const mask = new PrivateMask(bytesOf(length, 3));
    for (const position of [0, 1, 2, 3, 4, 5, 6, 7, 8, length - 1, length - 8, 2, 0, 7]) {
      for (const size of [97, 1024, 9000]) {
        const bytes = bytesOf(size);
        maskRangePrivately(bytes, 0, size, keyAt(KEY, 0), mask, position);
        expect(same(bytes, naiveMask(naiveMask(bytesOf(size), mask.bytes, position), KEY, 0))).toBe(true);
      }
    }
  });
});

describe('privateMaskOf', () => {
  test('is the same object for the same bytes, and a copy', () => {
    const secret = bytesOf(16);
    const mask = privateMaskOf(secret);
    expect(privateMaskOf(secret.slice())).toBe(mask);
    secret[0]! ^= 1;
    expect(mask.bytes).toEqual(bytesOf(16));
    expect(privateMaskOf(secret)).not.toBe(mask);
    expect(privateMaskOf(Buffer.from(secret)).bytes).toEqual(secret);
  });

  test('RangeError for a length that is no positive multiple of 4', () => {
    for (const length of [0, 2, 7]) expect(() => privateMaskOf(new Uint8Array(length))).toThrow(RangeError);
  });
});

describe('widenMaskingKey', () => {
  test('is the private mask XORed with the key, repeated', () => {
    expect(toHex(widenMaskingKey(hex('01020304'), hex('0123456789abcdef')))).toBe('0021466388a9ceeb');
    const [key, secret] = [hex('01020304'), hex('0123456789abcdef')];
    widenMaskingKey(key, secret);
    expect([toHex(key), toHex(secret)]).toEqual(['01020304', '0123456789abcdef']);
  });

  propertyTest(
    'masks as an RFC mask followed by the private mask does',
    1000,
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 16 }),
      fc.uint8Array({ maxLength: 300 }),
      (key, quads, bytes) => {
        const secret = bytesOf(quads * 4, 12);
        const twice = naiveMask(naiveMask(bytes, key, 0), secret, 0);
        applyMask(bytes, widenMaskingKey(key, secret));
        expect(same(bytes, twice)).toBe(true);
      },
    ),
  );

  test.each([
    [0, 4],
    [3, 4],
    [8, 4],
    [4, 0],
    [4, 2],
    [4, 7],
  ])('key of %d and private mask of %d bytes: RangeError', (key, secret) => {
    expect(() => widenMaskingKey(new Uint8Array(key), new Uint8Array(secret))).toThrow(RangeError);
  });
});

test('checkPrivateMask takes positive multiples of 4', () => {
  for (let length = 0; length <= 70; length++) {
    const check = () => checkPrivateMask(new Uint8Array(length));
    if (length > 0 && length % 4 === 0) expect(check).not.toThrow();
    else expect(check).toThrow(RangeError);
  }
});
