import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSendableCloseCode } from '../src/close-code.js';
import { decodeClosePayload, encodeClosePayload } from '../src/close-payload.js';
import { FrameError } from '../src/frame-error.js';
import { propertyTest } from './property.js';
import { concat, hex, toHex } from './recording-sink.js';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

const CODES = [...Array.from({ length: 5002 }, (_, code) => code), 65_535];

test('every code from 0 to 5001, and 65535', () => {
  let good = 0;
  for (const code of CODES) {
    const wire = Uint8Array.of(code >> 8, code & 0xff, 0x6f, 0x6b);
    if (isSendableCloseCode(code)) {
      good++;
      expect(encodeClosePayload(code, 'ok')).toEqual(wire);
      expect(encodeClosePayload(code)).toEqual(wire.subarray(0, 2));
      expect(decodeClosePayload(wire)).toEqual({ code, reason: 'ok' });
      expect(decodeClosePayload(wire.subarray(0, 2))).toEqual({ code, reason: '' });
    } else {
      expect(thrownBy(() => encodeClosePayload(code, 'ok'))).toBeInstanceOf(RangeError);
      for (const payload of [wire, wire.subarray(0, 2)]) {
        const error = thrownBy(() => decodeClosePayload(payload));
        expect(error).toBeInstanceOf(FrameError);
        expect(error).toMatchObject({ code: 'CLOSE_CODE_INVALID', closeCode: 1002 });
      }
    }
  }
  expect(good).toBe(4 + 8 + 2000);
});

describe('encodeClosePayload', () => {
  test('without a code: empty, and a new array every time', () => {
    const payload = encodeClosePayload();
    expect(payload).toEqual(new Uint8Array(0));
    expect(encodeClosePayload(undefined, '')).not.toBe(payload);
    // Who gets it may transfer its buffer; that must not reach the next one.
    const buffer = payload.buffer as ArrayBuffer;
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => encodeClosePayload().slice()).not.toThrow();
  });

  test('a reason without a code: RangeError', () => {
    expect(() => encodeClosePayload(undefined, 'bye')).toThrow(RangeError);
  });

  test.each([Number.NaN, 1000.5, -1, 66_536, Number.POSITIVE_INFINITY])('code %d: RangeError', (code) => {
    expect(() => encodeClosePayload(code)).toThrow(RangeError);
  });

  test.each<[string, string, boolean]>([
    ['123 letters', 'a'.repeat(123), true],
    ['124 letters', 'a'.repeat(124), false],
    ['61 letters of two bytes and one', `${'é'.repeat(61)}a`, true],
    ['62 letters of two bytes', 'é'.repeat(62), false],
    ['41 letters of three bytes', '€'.repeat(41), true],
    ['30 of four bytes and one of three', `${'😀'.repeat(30)}€`, true],
    ['31 of four bytes', '😀'.repeat(31), false],
  ])('a reason of %s', (_, reason, fits) => {
    if (fits) {
      const payload = encodeClosePayload(1000, reason);
      expect(payload.length).toBeLessThanOrEqual(125);
      expect(decodeClosePayload(payload)).toEqual({ code: 1000, reason });
    } else {
      expect(() => encodeClosePayload(1000, reason)).toThrow(RangeError);
    }
  });

  test('half a surrogate pair becomes U+FFFD, never bad UTF-8', () => {
    expect(toHex(encodeClosePayload(1000, '\ud83d'))).toBe('03e8efbfbd');
  });
});

describe('decodeClosePayload', () => {
  test('an empty one says nothing', () => expect(decodeClosePayload(new Uint8Array(0))).toBeUndefined());

  test('one byte is refused, whatever it is', () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(thrownBy(() => decodeClosePayload(Uint8Array.of(byte)))).toMatchObject({
        name: 'FrameError',
        code: 'CLOSE_PAYLOAD_INVALID',
        closeCode: 1002,
      });
    }
  });

  test.each(['ff', 'c3', '6180', 'c0af', 'eda080', 'e282', 'f4908080', '616263f09f98'])('reason %s: 1007', (reason) => {
    const payload = concat([hex('03e8'), hex(reason)]);
    expect(thrownBy(() => decodeClosePayload(payload))).toMatchObject({
      name: 'FrameError',
      code: 'UTF8_INVALID',
      closeCode: 1007,
    });
  });

  test('the code is looked at before the reason', () => {
    expect(thrownBy(() => decodeClosePayload(hex('03ed ff')))).toMatchObject({ code: 'CLOSE_CODE_INVALID' });
  });

  test('a byte order mark is text', () => {
    expect(decodeClosePayload(hex('03e8 efbbbf 61'))).toEqual({ code: 1000, reason: '\ufeffa' });
  });

  test('the middle of a larger buffer', () => {
    expect(decodeClosePayload(Buffer.from('ff03e86279ff', 'hex').subarray(1, 5))).toEqual({ code: 1000, reason: 'by' });
  });

  const anyCode = fc.oneof(
    fc.integer({ min: 1000, max: 1003 }),
    fc.integer({ min: 1007, max: 1014 }),
    fc.integer({ min: 3000, max: 4999 }),
  );
  propertyTest(
    'takes what encodeClosePayload gives',
    2000,
    fc.property(anyCode, fc.string({ unit: 'binary', maxLength: 30 }), (code, reason) => {
      expect(decodeClosePayload(encodeClosePayload(code, reason))).toEqual({ code, reason });
    }),
  );

  propertyTest(
    'arbitrary bytes: an answer or a FrameError, and the bytes left alone',
    3000,
    fc.property(fc.uint8Array({ maxLength: 130 }), fc.boolean(), (bytes, good) => {
      const payload = good ? concat([hex('03e8'), bytes]) : bytes;
      const before = payload.slice();
      const error = thrownBy(() => decodeClosePayload(payload));
      if (error !== undefined) expect(error).toBeInstanceOf(FrameError);
      expect(payload).toEqual(before);
    }),
  );
});
