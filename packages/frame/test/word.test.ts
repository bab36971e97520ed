import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type * as Mask from '../src/mask.js';
import type * as PrivateMask from '../src/private-mask.js';
import type * as Word from '../src/word.js';
import { naiveMask } from './naive.js';
import { propertyTest } from './property.js';

/** Loads the code that masks as an engine does whose errors have these properties. */
async function loadFor(ofErrors: PropertyDescriptorMap): Promise<{
  words: typeof Word;
  mask: typeof Mask;
  privately: typeof PrivateMask;
}> {
  vi.resetModules();
  Object.defineProperties(Error.prototype, ofErrors);
  try {
    return {
      words: await import('../src/word.js'),
      mask: await import('../src/mask.js'),
      privately: await import('../src/private-mask.js'),
    };
  } finally {
    for (const name of Object.keys(ofErrors)) Reflect.deleteProperty(Error.prototype, name);
  }
}

afterEach(() => vi.resetModules());

const v8 = await loadFor({});
const javaScriptCore = await loadFor({ line: { value: 1, configurable: true } });

test('V8 has words of 64 bits, JavaScriptCore of 32', () => {
  expect(v8.words).toMatchObject({ WORD_LENGTH: 8, WORD_SHIFT: 3, Words: BigUint64Array });
  expect(javaScriptCore.words).toMatchObject({ WORD_LENGTH: 4, WORD_SHIFT: 2, Words: Int32Array });
});

describe.each([
  ['V8', v8],
  ['JavaScriptCore', javaScriptCore],
])('masks are those of the naive twin with the words of %s', (_engine, { mask, privately }) => {
  const anyBytes = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(3000))
    .map(([seed, length]) => Uint8Array.from({ length }, (_, i) => seed[i % seed.length]! + (i >>> 5)));
  const anyKey = fc.uint8Array({ minLength: 4, maxLength: 4 });

  propertyTest(
    'with a key alone',
    1000,
    fc.property(anyBytes, anyKey, fc.nat(9), fc.nat(20), (bytes, key, before, after) => {
      const from = Math.min(before, bytes.length);
      const to = Math.max(from, bytes.length - after);
      const wanted = bytes.slice();
      wanted.set(naiveMask(bytes.subarray(from, to), key, 0), from);
      mask.maskRange(bytes, from, to, mask.keyAt(key, 0));
      expect(Buffer.compare(bytes, wanted)).toBe(0);
    }),
  );

  // Secrets that lie in the table several times, once, and in parts.
  const anySecret = fc.oneof(
    fc.integer({ min: 2, max: 40 }),
    fc.integer({ min: 900, max: 2100 }),
    fc.integer({ min: 8000, max: 20_000 }),
  );

  propertyTest(
    'with a private mask',
    300,
    fc.property(anyBytes, anyKey, anySecret, fc.nat(), fc.nat(9), (bytes, key, quads, place, before) => {
      const secret = Uint8Array.from({ length: quads * 4 }, (_, i) => i * 167 + (i >>> 8) * 13);
      const position = place % secret.length;
      const from = Math.min(before, bytes.length);
      const wanted = bytes.slice();
      wanted.set(naiveMask(naiveMask(bytes.subarray(from), key, 0), secret, position), from);
      const owner = privately.privateMaskOf(secret);
      privately.maskRangePrivately(bytes, from, bytes.length, mask.keyAt(key, 0), owner, position);
      expect(Buffer.compare(bytes, wanted)).toBe(0);
    }),
  );

  propertyTest(
    'with a widened key',
    300,
    fc.property(anyBytes, anySecret, fc.nat(), (bytes, quads, place) => {
      const key = Uint8Array.from({ length: quads * 4 }, (_, i) => i * 89 + (i >>> 7));
      const wanted = naiveMask(bytes, key, place);
      expect(privately.applyMask(bytes, key, place)).toBe((place + bytes.length) % key.length);
      expect(Buffer.compare(bytes, wanted)).toBe(0);
    }),
  );
});
