import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeAccept,
  encodeEnd,
  encodeOpen,
  type Header,
  Kind,
  MAX_META,
  MAX_TEXT,
  parseHeader,
} from '../../src/wire/header.js';

const id = fc.integer({ min: 1, max: 0xffff_ffff });
const text = fc.string({ unit: 'grapheme', maxLength: 200 });

const encoded: fc.Arbitrary<[Uint8Array, Header]> = fc.oneof(
  fc.tuple(id, text, fc.option(fc.jsonValue(), { nil: undefined })).map(([of, name, meta]): [Uint8Array, Header] => {
    const asHandedOver: unknown = meta === undefined ? undefined : JSON.parse(JSON.stringify(meta));
    return [encodeOpen(of, name, meta), { kind: Kind.Open, id: of, name, meta: asHandedOver }];
  }),
  id.map((of): [Uint8Array, Header] => [encodeAccept(of), { kind: Kind.Accept, id: of }]),
  fc
    .tuple(fc.constantFrom(Kind.Refuse, Kind.Reset), id, fc.nat(0xffff_ffff), text)
    .map(([kind, of, code, reason]): [Uint8Array, Header] => {
      return [encodeEnd(kind, of, code, reason), { kind, id: of, code, reason }];
    }),
);

describe('a header', () => {
  test('is read as it was written, and not before all of it is there', () => {
    fc.assert(
      fc.property(encoded, fc.uint8Array({ maxLength: 20 }), ([bytes, header], rest) => {
        const whole = new Uint8Array([...bytes, ...rest]);
        expect(parseHeader(whole)).toEqual({ header, length: bytes.length });
        for (const length of [0, 1, 4, bytes.length - 1]) {
          if (length < bytes.length) expect(parseHeader(bytes.subarray(0, length))).toBeUndefined();
        }
      }),
    );
  });

  test('of any bytes is read, or malformed, or not there yet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        bytes[0] = (bytes[0] ?? 0) % 6;
        try {
          const parsed = parseHeader(bytes);
          if (parsed !== undefined) expect(parsed.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHANNEL_PROTOCOL' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, number[]]>([
    ['kind 4', [4]],
    ['id 0', [1, 0, 0, 0, 0]],
    ['name of 1025 bytes', [0, 0, 0, 0, 1, 4, 1, 0, 0]],
    ['reason of 1025 bytes', [3, 0, 0, 0, 1, 0, 0, 0, 0, 4, 1]],
    ['name is not UTF-8', [0, 0, 0, 0, 1, 0, 1, 0, 0, 0xff]],
    ['meta is not JSON', [0, 0, 0, 0, 1, 0, 0, 0, 1, 0x7b]],
  ])('%s is malformed', (what, bytes) => {
    expect(() => parseHeader(new Uint8Array(bytes))).toThrow(`malformed header: ${what}`);
  });

  test('holds what it may hold, and says what is too much', () => {
    expect(encodeOpen(1, 'n'.repeat(MAX_TEXT), 'm'.repeat(MAX_META - 2))).toHaveLength(9 + MAX_TEXT + MAX_META);
    expect(() => encodeOpen(1, 'ü'.repeat(513), undefined)).toThrow('name: at most 1024 bytes, got 1026');
    expect(() => encodeOpen(1, '', 'm'.repeat(MAX_META))).toThrow('meta: at most 65535 bytes as JSON, got 65537');
    expect(() => encodeOpen(1, '', () => {})).toThrow('meta: what JSON can hold expected, got a function');
  });

  test('has as much of a long reason as fits, in whole characters', () => {
    const header = parseHeader(encodeEnd(Kind.Reset, 1, 0, `x${'ü'.repeat(600)}`))?.header;
    expect(header).toMatchObject({ reason: `x${'ü'.repeat(511)}` });
  });
});
