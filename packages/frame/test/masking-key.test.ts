import { expect, test } from 'vitest';
import { writeMaskingKey } from '../src/masking-key.js';
import { toHex } from './recording-sink.js';

test('writes four bytes at the offset, and no others', () => {
  const target = new Uint8Array(12).fill(0xee);
  writeMaskingKey(target, 4);
  expect(toHex(target.subarray(0, 4))).toBe('eeeeeeee');
  expect(toHex(target.subarray(8))).toBe('eeeeeeee');
});

test('keys differ, over many fillings of the pool', () => {
  const target = new Uint8Array(4);
  const keys = new Set<string>();
  const counts = new Uint32Array(256);
  const total = 20_000;
  for (let i = 0; i < total; i++) {
    writeMaskingKey(target, 0);
    keys.add(toHex(target));
    for (const byte of target) counts[byte]!++;
  }
  // By the birthday bound 0.05 pairs are expected to be equal; more than 5 come once in 10^11 runs.
  expect(keys.size).toBeGreaterThan(total - 5);
  // 312.5 of each byte value expected, standard deviation 17.6.
  expect(Math.min(...counts)).toBeGreaterThan(312 - 9 * 18);
  expect(Math.max(...counts)).toBeLessThan(312 + 9 * 18);
});
