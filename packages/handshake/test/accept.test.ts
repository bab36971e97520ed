import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeAccept, createKey, isValidKey, RFC_MAGIC_KEY } from '../src/accept.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

describe('computeAccept', () => {
  it('gives the example of RFC 6455 §1.3', () => {
    expect(computeAccept(KEY)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(computeAccept(KEY, RFC_MAGIC_KEY)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('takes any magic key, as text in UTF-8 or as bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (magic) => {
        const expected = createHash('sha1').update(`${KEY}${magic}`, 'utf8').digest('base64');
        expect(computeAccept(KEY, magic)).toBe(expected);
        expect(computeAccept(KEY, new TextEncoder().encode(magic))).toBe(expected);
      }),
    );
  });

  it('does not fall back to the GUID for an empty magic key', () => {
    expect(computeAccept(KEY, '')).not.toBe(computeAccept(KEY));
  });

  it('takes magic bytes that are no UTF-8', () => {
    const magic = Uint8Array.of(0xff, 0x00, 0x80);
    expect(computeAccept(KEY, magic)).toBe(createHash('sha1').update(KEY).update(magic).digest('base64'));
  });
});

describe('createKey', () => {
  it('makes valid keys of 16 bytes, a fresh one each time', () => {
    const keys = Array.from({ length: 200 }, createKey);
    for (const key of keys) {
      expect(isValidKey(key)).toBe(true);
      expect(Buffer.from(key, 'base64')).toHaveLength(16);
    }
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('isValidKey', () => {
  it('takes the base64 of any 16 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(isValidKey(Buffer.from(bytes).toString('base64'))).toBe(true);
      }),
    );
  });

  it.each([
    ['', 'nothing'],
    ['x3JJHMbDL1EzLkh9GBhXDw=', '23 characters'],
    ['x3JJHMbDL1EzLkh9GBhXDw===', '25 characters'],
    ['x3JJHMbDL1EzLkh9GBhX', '15 bytes'],
    ['x3JJHMbDL1EzLkh9GBhXDwAA', '18 bytes'],
    ['x3JJHMbDL1EzLkh9GBhXDwA=', '17 bytes'],
    ['x3JJHMbDL1EzLkh9GBhX-w==', 'the URL alphabet'],
    ['!!!!!!!!!!!!!!!!!!!!!!!!', 'no base64'],
    [' dGhlIHNhbXBsZSBub25jZQ==', 'a space before'],
    ['dGhlIHNhbXBsZSBub25jZQ==\n', 'a line feed after'],
    [`${KEY}, ${KEY}`, 'two keys'],
  ])('refuses %j: %s', (key) => {
    expect(isValidKey(key)).toBe(false);
  });
});
