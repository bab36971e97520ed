import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha1 } from '../src/sha1.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const reference = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

describe('sha1', () => {
  it.each([
    ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ])('gives the digest of RFC 3174 for %j', (text, digest) => {
    expect(hex(sha1(new TextEncoder().encode(text)))).toBe(digest);
  });

  it('equals node:crypto at every length around the block borders', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255);
      expect(hex(sha1(bytes)), `length ${length}`).toBe(reference(bytes));
    }
  });

  it('equals node:crypto for any bytes, and leaves them alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const before = Uint8Array.from(bytes);
        expect(hex(sha1(bytes))).toBe(reference(bytes));
        expect(bytes).toEqual(before);
      }),
    );
  });

  it('gives a digest that the next call does not overwrite', () => {
    const first = sha1(Uint8Array.of(1));
    const kept = hex(first);
    sha1(Uint8Array.of(2));
    expect(hex(first)).toBe(kept);
  });

  it('hashes a view of a larger buffer by its own bytes', () => {
    const view = Uint8Array.from({ length: 300 }, (_, i) => i & 255).subarray(17, 217);
    expect(hex(sha1(view))).toBe(reference(view));
  });
});
