import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { keyAt, maskRange } from '../src/mask.js';
import { naiveMask } from './naive.js';
import { propertyTest } from './property.js';

// Bytes that differ from their neighbours at every distance up to a few hundred.
function bytesOf(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i + seed) * 167 + ((i + seed) >>> 8) * 13) & 0xff);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

describe('maskRange', () => {
  const anyRange = fc.tuple(fc.nat(200), fc.nat(300), fc.nat(20), fc.nat(9));

  propertyTest(
    'touch [from, to) alone, and know ASCII when they see it',
    4000,
    fc.property(anyRange, fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.boolean(), (range, key, ascii) => {
      const [from, length, after, byteOffset] = range;
      const to = from + length;
      const wanted = bytesOf(byteOffset + to + after).map((byte) => (ascii ? byte & 0x7f : byte));
      const bytes = wanted.slice().subarray(byteOffset);
      bytes.set(naiveMask(bytes.subarray(from, to), key, 0), from);
      const answer = maskRange(bytes, from, to, keyAt(key, 0));
      expect(same(bytes, wanted.subarray(byteOffset))).toBe(true);
      const isAscii = bytes.subarray(from, to).every((byte) => byte < 0x80);
      // 0 promises; below 96 bytes the answer is exact.
      if (answer === 0) expect(isAscii).toBe(true);
      if (length < 96) expect(answer === 0).toBe(isAscii);
    }),
  );
});
