import { expect, test } from 'vitest';
import { writeHeader } from '../src/encoder.js';
import { writeUnmaskedHeader } from '../src/unmasked-header.js';

test.each([0, 1, 125, 126, 65_535, 65_536, 2 ** 32, 2 ** 53 - 1])(
  'of %d bytes of payload it is what writeHeader writes',
  (length) => {
    const [one, other] = [new Uint8Array(16).fill(0xee), new Uint8Array(16).fill(0xee)];
    expect(writeUnmaskedHeader(one, 2, 0x82, length)).toBe(writeHeader(other, 2, 0x82, length, false));
    expect(one).toEqual(other);
  },
);

test('has the shortest length', () => {
  const wire = (length: number): number[] => {
    const target = new Uint8Array(10);
    return [...target.subarray(0, writeUnmaskedHeader(target, 0, 0x89, length))];
  };
  expect([wire(125), wire(126), wire(65_536)]).toEqual([
    [0x89, 125],
    [0x89, 126, 0, 126],
    [0x89, 127, 0, 0, 0, 0, 0, 1, 0, 0],
  ]);
});
