import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodePlatform } from '../../src/node/platform.js';
import { propertyTest } from '../support/property.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ maxLength: 200 }),
  // Long ones are decoded in another way.
  fc.string({ unit: 'binary', minLength: 100, maxLength: 900 }),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 900 }),
);

describe('nodePlatform', () => {
  it('allocates memory that belongs to nobody else', () => {
    const bytes = nodePlatform.allocate(10);
    expect(bytes.length).toBe(10);
    expect(bytes.buffer.byteLength).toBe(10);
  });

  it('keeps a BOM, and writes U+FFFD for a lone surrogate', () => {
    expect(nodePlatform.readUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), false)).toBe('\ufeffa');
    const bytes = new Uint8Array(3);
    expect(nodePlatform.utf8Length('\ud800')).toBe(3);
    nodePlatform.writeUtf8(bytes, 0, '\ud800');
    expect([...bytes]).toEqual([0xef, 0xbf, 0xbd]);
  });

  propertyTest(
    'agrees with TextEncoder and TextDecoder',
    500,
    fc.property(text, fc.integer({ min: 0, max: 9 }), (given, offset) => {
      const expected = new TextEncoder().encode(given);
      expect(nodePlatform.utf8Length(given)).toBe(expected.length);
      const target = new Uint8Array(offset + expected.length + 1).fill(0x55);
      expect(nodePlatform.writeUtf8(target, offset, given)).toBe(expected.length);
      expect(Buffer.compare(target.subarray(offset, -1), expected)).toBe(0);
      expect(target.at(-1)).toBe(0x55);
      const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected);
      expect(nodePlatform.readUtf8(expected, false)).toBe(decoded);
      if (expected.every((byte) => byte < 0x80)) expect(nodePlatform.readUtf8(expected, true)).toBe(decoded);
    }),
  );

  it('keeps a BOM of a long text', () => {
    const text = `\ufeff${'grün'.repeat(300)}`;
    expect(nodePlatform.readUtf8(new TextEncoder().encode(text), false)).toBe(text);
  });

  propertyTest(
    'puts U+FFFD where bytes are not UTF-8, as TextDecoder does',
    300,
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 900 }), fc.boolean(), (bytes, isMostlyText) => {
      const given = isMostlyText ? Buffer.concat([Buffer.from('grün'.repeat(150)), bytes]) : bytes;
      const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(given);
      expect(nodePlatform.readUtf8(given, false)).toBe(decoded);
    }),
  );

  propertyTest(
    'knows UTF-8 as TextDecoder does',
    500,
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      let isValid = true;
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        isValid = false;
      }
      expect(nodePlatform.isUtf8(bytes)).toBe(isValid);
    }),
  );
});
