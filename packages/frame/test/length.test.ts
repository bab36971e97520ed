import { expect, test } from 'vitest';
import {
  extendedLengthBytes,
  headerLength,
  MAX_CONTROL_PAYLOAD,
  MAX_HEADER_LENGTH,
  STREAM_HEADER_LENGTH,
} from '../src/length.js';

test.each<[number, number]>([
  [0, 0],
  [1, 0],
  [125, 0],
  [126, 2],
  [127, 2],
  [65_535, 2],
  [65_536, 8],
  [2 ** 32, 8],
  [2 ** 53 - 1, 8],
])('%d bytes take %d of extended length', (length, extended) => {
  expect(extendedLengthBytes(length)).toBe(extended);
  expect(headerLength(length, false)).toBe(2 + extended);
  expect(headerLength(length, true)).toBe(6 + extended);
});

test('the limits', () => {
  expect(MAX_CONTROL_PAYLOAD).toBe(125);
  expect(STREAM_HEADER_LENGTH).toBe(2);
  expect(MAX_HEADER_LENGTH).toBe(headerLength(2 ** 53 - 1, true) + STREAM_HEADER_LENGTH);
});
