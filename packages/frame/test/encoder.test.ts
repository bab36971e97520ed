import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EncodeOptions,
  encodeFrame,
  encodeFrameInto,
  frameLength,
  maskPayload,
  type OutgoingFrame,
  writeHeader,
} from '../src/encoder.js';
import { privateMaskOf } from '../src/private-mask.js';
import { naiveMask } from './naive.js';
import { propertyTest } from './property.js';
import { concat, decode, hex, toHex } from './recording-sink.js';

const KEY = hex('a1b2c3d4');
const SECRET = hex('0123456789abcdef');

test('a masking key of another realm is the key', () => {
  const mask = runInNewContext('Uint8Array.of(0xa1, 0xb2, 0xc3, 0xd4)') as Uint8Array;
  expect(toHex(encodeFrame({ opcode: 2, payload: hex('0000000000'), mask }))).toBe('8285a1b2c3d4a1b2c3d4a1');
  expect(() => encodeFrame({ opcode: 2, mask: runInNewContext('new Uint8Array(3)') })).toThrow(RangeError);
});

test('defaults: final, unmasked, no reserved bits, no payload', () => {
  expect(toHex(encodeFrame({ opcode: 2 }))).toBe('8200');
  expect(toHex(encodeFrame({ opcode: 2, mask: false, streamId: 0, cancel: false, fin: true, rsv: 0 }))).toBe('8200');
});

test('every first byte', () => {
  for (let opcode = 0; opcode < 16; opcode++) {
    for (let rsv = 0; rsv < 8; rsv++) {
      expect(encodeFrame({ opcode, rsv })[0]).toBe(0x80 | (rsv << 4) | opcode);
      if (opcode < 8) expect(encodeFrame({ opcode, rsv, fin: false })[0]).toBe((rsv << 4) | opcode);
    }
  }
});

test.each<[OutgoingFrame, EncodeOptions, string]>([
  [{ opcode: 1, payload: hex('6162'), streamId: 1 }, {}, 'a10400016162'],
  [{ opcode: 1, rsv: 4, fin: false, payload: hex('6162'), streamId: 32_767 }, {}, '61047fff6162'],
  [{ opcode: 0, streamId: 258, cancel: true }, {}, 'a0028102'],
  [{ opcode: 0, streamId: 258, cancel: true, mask: KEY }, {}, 'a082a1b2c3d420b0'],
  [{ opcode: 2, payload: hex('0000000000'), mask: KEY }, {}, '8285a1b2c3d4a1b2c3d4a1'],
  [{ opcode: 2, payload: hex('0000000000'), mask: KEY }, { privateMask: SECRET }, '8285a1b2c3d4a09186b328'],
  [{ opcode: 2, payload: hex('0000000000') }, { privateMask: SECRET }, '82050000000000'],
  [{ opcode: 9, payload: hex('00'), mask: KEY }, { privateMask: SECRET }, '8981a1b2c3d4a0'],
])('%o, %o', (frame, options, wire) => {
  expect(toHex(encodeFrame(frame, options))).toBe(wire);
});

describe('lengths', () => {
  const table: [number, string][] = [
    [0, '00'],
    [125, '7d'],
    [126, '7e007e'],
    [65_535, '7effff'],
    [65_536, '7f0000000000010000'],
  ];

  test.each(table)('%d bytes', (length, form) => {
    const payload = new Uint8Array(length).fill(0x11);
    for (const [streamId, mask] of [
      [0, false],
      [0, true],
      [7, false],
      [7, true],
    ] as const) {
      const own = streamId === 0 ? payload : payload.subarray(Math.min(2, length));
      if (streamId !== 0 && length < 2) continue;
      const frame = { opcode: 2, payload: own, streamId, mask };
      const wire = encodeFrame(frame);
      expect(frameLength(frame)).toBe(wire.length);
      expect(wire.length).toBe(1 + form.length / 2 + (mask ? 4 : 0) + length);
      const head = hex(form);
      if (mask) head[0]! |= 0x80;
      expect(toHex(wire.subarray(1, 1 + head.length))).toBe(toHex(head));
    }
  });

  test.each<[number, string]>([
    [65_536, '0000000000010000'],
    [2 ** 31, '0000000080000000'],
    [2 ** 32 - 1, '00000000ffffffff'],
    [2 ** 32, '0000000100000000'],
    [2 ** 40 + 5, '0000010000000005'],
    [2 ** 53 - 1, '001fffffffffffff'],
  ])('writeHeader of %d', (length, wire) => {
    const target = new Uint8Array(20).fill(0xee);
    expect(writeHeader(target, 3, 0x82, length, false)).toBe(13);
    expect(toHex(target)).toBe(`eeeeee827f${wire}eeeeeeeeeeeeee`);
    expect(writeHeader(target, 3, 0x82, length, true)).toBe(17);
    expect(toHex(target.subarray(0, 13))).toBe(`eeeeee82ff${wire}`);
    expect(toHex(target.subarray(17))).toBe('eeeeee');
  });
});

describe('RangeError', () => {
  const cases: [string, OutgoingFrame, EncodeOptions?][] = [
    ['opcode -1', { opcode: -1 }],
    ['opcode 16', { opcode: 16 }],
    ['opcode 1.5', { opcode: 1.5 }],
    ['opcode NaN', { opcode: Number.NaN }],
    ['rsv -1', { opcode: 1, rsv: -1 }],
    ['rsv 8', { opcode: 1, rsv: 8 }],
    ['rsv 0.5', { opcode: 1, rsv: 0.5 }],
    ['rsv NaN', { opcode: 1, rsv: Number.NaN }],
    ['streamId -1', { opcode: 1, streamId: -1 }],
    ['streamId 32768', { opcode: 1, streamId: 32_768 }],
    ['streamId 1.5', { opcode: 1, streamId: 1.5 }],
    ['streamId NaN', { opcode: 1, streamId: Number.NaN }],
    ['cancel without a stream', { opcode: 0, cancel: true }],
    ['cancel of stream 0', { opcode: 0, cancel: true, streamId: 0 }],
    ['empty mask', { opcode: 1, mask: new Uint8Array(0) }],
    ['mask of 3 bytes', { opcode: 1, mask: new Uint8Array(3) }],
    ['mask of 8 bytes', { opcode: 1, mask: new Uint8Array(8) }],
    ['empty private mask', { opcode: 1, mask: KEY }, { privateMask: new Uint8Array(0) }],
    ['private mask of 6 bytes', { opcode: 1, mask: KEY }, { privateMask: new Uint8Array(6) }],
    ['private mask of 6 bytes, unmasked', { opcode: 1 }, { privateMask: new Uint8Array(6) }],
    ...[8, 9, 10, 11, 15].flatMap((opcode): [string, OutgoingFrame][] => [
      [`control ${opcode} without fin`, { opcode, fin: false }],
      [`control ${opcode} of 126 bytes`, { opcode, payload: new Uint8Array(126) }],
      [`control ${opcode} with a stream`, { opcode, streamId: 1 }],
    ]),
  ];

  test.each(cases)('%s, and nothing written', (_, frame, options) => {
    expect(() => encodeFrame(frame, options)).toThrow(RangeError);
    const target = new Uint8Array(300).fill(0xee);
    expect(() => encodeFrameInto(target, 10, frame, options)).toThrow(RangeError);
    expect(target.every((byte) => byte === 0xee)).toBe(true);
  });

  test.each<[string, number, number]>([
    ['one byte too short', 8, 0],
    ['no room at the end', 20, 12],
    ['offset at the end', 20, 20],
    ['offset after the end', 20, 21],
    ['offset -1', 20, -1],
    ['offset 0.5', 20, 0.5],
    ['offset NaN', 20, Number.NaN],
    ['offset -Infinity', 20, Number.NEGATIVE_INFINITY],
  ])('target: %s, and nothing written', (_, length, offset) => {
    const frame = { opcode: 2, payload: hex('010203'), mask: KEY };
    expect(frameLength(frame)).toBe(9);
    const target = new Uint8Array(length).fill(0xee);
    expect(() => encodeFrameInto(target, offset, frame)).toThrow(RangeError);
    expect(target.every((byte) => byte === 0xee)).toBe(true);
  });
});

describe('encodeFrameInto', () => {
  propertyTest(
    'fills [offset, next) with the bytes of encodeFrame, and touches nothing else',
    3000,
    fc.property(
      fc.nat(40),
      fc.nat(40),
      fc.nat(20),
      fc.integer({ min: 0, max: 400 }),
      fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }),
      fc.integer({ min: 0, max: 32_767 }),
      fc.boolean(),
      (offset, after, byteOffset, length, mask, streamId, secret) => {
        const payload = Uint8Array.from({ length }, (_, i) => i ^ offset);
        const frame = { opcode: 2, payload, streamId, ...(mask === undefined ? {} : { mask }) };
        const options = secret ? { privateMask: SECRET } : {};
        const alone = encodeFrame(frame, options);
        const expected = concat([
          new Uint8Array(byteOffset + offset).fill(0xee),
          alone,
          new Uint8Array(after).fill(0xee),
        ]);
        const buffer = new Uint8Array(expected.length).fill(0xee);
        const next = encodeFrameInto(buffer.subarray(byteOffset), offset, frame, options);
        expect(next).toBe(offset + alone.length);
        expect(Buffer.compare(buffer, expected)).toBe(0);
      },
    ),
  );

  test('one frame after the other', () => {
    const target = new Uint8Array(9);
    let at = encodeFrameInto(target, 0, { opcode: 1, fin: false, payload: hex('48656c') });
    at = encodeFrameInto(target, at, { opcode: 0, payload: hex('6c6f') });
    expect(at).toBe(9);
    expect(toHex(target)).toBe('010348656c80026c6f');
  });
});

describe('payload', () => {
  test('a Buffer with an offset, out of the pool', () => {
    const payload = Buffer.from('xxhelloxx').subarray(2, 7);
    expect(payload.byteOffset % 8).not.toBe(0);
    expect(toHex(encodeFrame({ opcode: 1, payload }))).toBe('810568656c6c6f');
    expect(payload.toString()).toBe('hello');
  });

  propertyTest(
    'any part of a larger buffer is left as it was, also what lies around it',
    1000,
    fc.property(fc.nat(20), fc.nat(300), fc.boolean(), fc.nat(32_767), (from, length, asBuffer, streamId) => {
      const whole = Uint8Array.from({ length: from + length + 10 }, (_, i) => (i * 7) & 0xff);
      const before = whole.slice();
      const source = asBuffer ? Buffer.from(whole.buffer) : whole;
      const payload = source.subarray(from, from + length);
      const wire = encodeFrame({ opcode: 2, payload, mask: KEY, streamId }, { privateMask: SECRET });
      expect(Buffer.compare(whole, before)).toBe(0);
      const wide = naiveMask(SECRET, KEY, 0);
      const own = before.subarray(from, from + length);
      const expected = naiveMask(own, wide, streamId === 0 ? 0 : 2);
      expect(Buffer.compare(wire.subarray(wire.length - length), expected)).toBe(0);
    }),
  );
});

describe('mask: true', () => {
  test('a fresh key for every frame', () => {
    const keys = new Set<string>();
    for (let i = 0; i < 3000; i++) {
      const wire = encodeFrame({ opcode: 2, payload: hex('00000000'), mask: true });
      keys.add(toHex(wire.subarray(2, 6)));
      expect(toHex(wire.subarray(6))).toBe(toHex(wire.subarray(2, 6)));
    }
    expect(keys.size).toBeGreaterThan(2995);
  });

  test('is read back', () => {
    for (const privateMask of [undefined, SECRET]) {
      const options = privateMask === undefined ? {} : { privateMask };
      const wire = encodeFrame({ opcode: 2, payload: hex('00010203'), mask: true }, options);
      expect(toHex(decode([wire], options).frames[0]!.payload)).toBe('00010203');
    }
  });
});

test('writeHeader and maskPayload are the two halves of encodeFrame', () => {
  for (const privateMask of [undefined, SECRET]) {
    for (const length of [0, 1, 5, 125, 126, 1000]) {
      const payload = Uint8Array.from({ length }, (_, i) => i & 0xff);
      const target = new Uint8Array(length + 30);
      const start = writeHeader(target, 5, 0x82, length, true);
      target.set(payload, start);
      maskPayload(target, start, start + length, privateMask && privateMaskOf(privateMask));
      const mask = target.slice(start - 4, start);
      const whole = encodeFrame({ opcode: 2, payload, mask }, privateMask === undefined ? {} : { privateMask });
      expect(toHex(target.subarray(5, start + length))).toBe(toHex(whole));
      expect(target.subarray(start + length).every((byte) => byte === 0)).toBe(true);
    }
  }
});
