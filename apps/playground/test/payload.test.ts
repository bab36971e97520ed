import { expect, it } from 'vitest';
import { formatSize, MAX_SIZE, makeBytes, makeText, sizes } from '../src/page/payload.js';

it('makes messages of exactly the size asked for', () => {
  for (const size of [1, 2, ...sizes]) {
    expect(Buffer.byteLength(makeText(123, size))).toBe(size);
    expect(Buffer.from(makeBytes(123, size)).toString()).toBe(makeText(123, size));
  }
  expect(makeText(7, 20)).toBe('#7 webson webson web');
  expect(Math.max(...sizes)).toBe(MAX_SIZE);
});

it('writes sizes for people', () => {
  expect([0, 20, 1023, 1024, 1536, 65536, 1048576].map(formatSize)).toEqual([
    '0 B',
    '20 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '64 KiB',
    '1 MiB',
  ]);
});
