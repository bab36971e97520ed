import { encodeFrame } from '@webson/frame';
import { expect, test } from 'vitest';
import { wholeFrame } from '../../src/inner/whole-frame.js';

test.each([0, 125, 126, 70_000])('with %d bytes it is what encodeFrame encodes', (length) => {
  const payload = new Uint8Array(length).fill(7);
  expect(wholeFrame(2, payload)).toEqual(encodeFrame({ opcode: 2, payload }));
});
