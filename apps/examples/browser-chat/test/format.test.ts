import { expect, it } from 'vitest';
import { formatMilliseconds, formatSeconds, formatSize } from '../src/page/format.js';

it('writes sizes for people', () => {
  const sizes = [0, 1023, 1024, 1536, 2 ** 20 - 1, 2 ** 20, 64 * 2 ** 20, 5 * 2 ** 30, 2 ** 42];
  expect(sizes.map(formatSize)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 MiB',
    '1.0 MiB',
    '64.0 MiB',
    '5.0 GiB',
    '4096.0 GiB',
  ]);
});

it('writes times for people', () => {
  expect([0.2, 42, 89.5, 200, 9000].map(formatSeconds)).toEqual(['1 s', '42 s', '90 s', '3 min', '3 h']);
  expect([0.84, 9.96, 12.3].map(formatMilliseconds)).toEqual(['0.8 ms', '10.0 ms', '12 ms']);
});
