import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headerRulesOf } from '../src/decoder-options.js';
import { encodeFrame } from '../src/encoder.js';
import { FrameError } from '../src/frame-error.js';
import { HeaderReader } from '../src/header-reader.js';
import { propertyTest } from './property.js';

const lengths = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 65_535, 65_536, 70_000));

propertyTest(
  'reads what was written, once all of the header is there, and keeps nothing of an incomplete one',
  500,
  fc.property(
    fc.record({ fin: fc.boolean(), opcode: fc.constantFrom(0, 1, 2), streamId: fc.integer({ min: 1, max: 32_767 }) }),
    lengths,
    fc.boolean(),
    fc.boolean(),
    fc.nat(20),
    ({ fin, opcode, streamId }, length, streams, mask, before) => {
      const id = streams ? { streamId } : {};
      const frame = encodeFrame({ fin, opcode, payload: new Uint8Array(length), mask, ...id });
      const reader = new HeaderReader(headerRulesOf({ streams, masking: mask ? 'required' : 'forbidden' }));
      const { header: empty } = reader;
      const size = frame.length - length;
      const bytes = new Uint8Array([...new Uint8Array(before), ...frame]);
      for (let end = before + 1; end < before + size; end++) {
        expect(reader.read(bytes, before, end)).toBe(0);
        expect(reader.header).toEqual(empty);
      }
      expect(reader.read(bytes, before, bytes.length)).toBe(size);
      const rsv = streams ? 2 : 0;
      const expected = {
        fin,
        rsv,
        opcode,
        masked: mask,
        payloadLength: length,
        streamId: streams ? streamId : 0,
        cancel: false,
      };
      expect(reader.header).toEqual(expected);
      expect(reader.isMessage).toBe(fin && opcode !== 0);
    },
  ),
);

describe('what has come is checked before the header is complete', () => {
  test.for<[string, number[], FrameError['code']]>([
    ['an opcode', [0x83], 'RESERVED_OPCODE'],
    ['reserved bits', [0xc1], 'RESERVED_BITS'],
    ['a control frame that goes on', [0x09], 'CONTROL_FRAGMENTED'],
    ['a missing mask', [0x81, 0x01], 'MASK_REQUIRED'],
    ['a long control frame', [0x89, 0xfe], 'CONTROL_TOO_LONG'],
    ['a length in two bytes that needs none', [0x81, 0xfe, 0, 1], 'LENGTH_NOT_MINIMAL'],
    ['the top bit of a length', [0x81, 0xff, 0x80], 'LENGTH_INVALID'],
    ['a length in eight bytes that needs two', [0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 'LENGTH_NOT_MINIMAL'],
    ['too long a frame', [0x81, 0xfe, 0x04, 0x01], 'PAYLOAD_TOO_LARGE'],
  ])('%s', ([, bytes, code]) => {
    const reader = new HeaderReader(headerRulesOf({ masking: 'required', maxPayloadSize: 1024 }));
    const read = (end: number): number => reader.read(Uint8Array.from(bytes), 0, end);
    for (let end = 1; end < bytes.length; end++) expect(read(end)).toBe(0);
    expect(() => read(bytes.length)).toThrow(expect.objectContaining({ code, constructor: FrameError }));
  });
});

test('accepts opcodes that are added, and all that it accepted before, with streams and compression as they are', () => {
  const reader = new HeaderReader(headerRulesOf({ masking: 'forbidden', compression: true, opcodes: [3] }));
  const read = (...bytes: number[]): number => reader.read(Uint8Array.from(bytes), 0, bytes.length);
  expect(() => read(0x84, 0)).toThrow(expect.objectContaining({ code: 'RESERVED_OPCODE' }));
  reader.accept([4, 11]);
  expect([read(0x84, 0), read(0x8b, 0), read(0x83, 0), read(0xc4, 0), read(0x81, 0)]).toEqual([2, 2, 2, 2, 2]);
  expect(() => read(0xcb, 0)).toThrow(expect.objectContaining({ code: 'RESERVED_BITS' }));
  expect(() => read(0x85, 0)).toThrow(expect.objectContaining({ code: 'RESERVED_OPCODE' }));
  expect(() => reader.accept([16])).toThrow(RangeError);
});

test('is plain with nothing switched on, and masks as the role has it', () => {
  expect(new HeaderReader(headerRulesOf({ masking: 'required', compression: true })).isPlain).toBe(true);
  expect(new HeaderReader(headerRulesOf({})).isPlain).toBe(false);
  expect(new HeaderReader(headerRulesOf({ masking: 'required', streams: true })).isPlain).toBe(false);
  expect(new HeaderReader(headerRulesOf({ masking: 'required', privateMask: new Uint8Array(8) })).isPlain).toBe(false);
});
