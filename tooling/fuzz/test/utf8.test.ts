import { expect, test } from 'vitest';
import { checkUtf8 } from '../src/utf8.js';

// The run-time's own decoder, a byte at a time.
function slowly(bytes: Uint8Array): { badAt: number; isComplete: boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const [index, byte] of bytes.entries()) {
    try {
      decoder.decode(Uint8Array.of(byte), { stream: true });
    } catch {
      return { badAt: index, isComplete: false };
    }
  }
  try {
    decoder.decode();
    return { badAt: -1, isComplete: true };
  } catch {
    return { badAt: -1, isComplete: false };
  }
}

test('every two bytes, and what may follow them', () => {
  for (let first = 0x7f; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      for (const rest of [[], [0x80], [0xbf, 0x61]]) {
        const bytes = Uint8Array.of(0x61, first, second, ...rest);
        const expected = slowly(bytes);
        const got = checkUtf8(bytes);
        if (got.badAt !== expected.badAt || got.isComplete !== expected.isComplete) {
          expect(got, Buffer.from(bytes).toString('hex')).toEqual(expected);
        }
      }
    }
  }
}, 120_000);
