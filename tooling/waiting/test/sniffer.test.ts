import { encodeFrame } from '@webson/frame';
import { expect, test } from 'vitest';
import { type SeenFrame, Sniffer } from '../src/sniffer.js';

const FRAMES = [
  encodeFrame({ opcode: 9, payload: Buffer.from('ping'), mask: true }),
  encodeFrame({ opcode: 2, payload: new Uint8Array(70_000), fin: false }),
  encodeFrame({ opcode: 0, payload: new Uint8Array(200), mask: true }),
  encodeFrame({ opcode: 1 }),
  encodeFrame({ opcode: 10, payload: Buffer.from('pong') }),
];
const SEEN = [
  [9, true, 4, 'ping'],
  [2, false, 70_000, '\0\0'],
  [0, true, 200, '\0\0'],
  [1, true, 0, ''],
  [10, true, 4, 'pong'],
];

test.each([1, 2, 7, 1000, 1_000_000])('frames are seen, %i bytes at a time', (most) => {
  const seen: SeenFrame[] = [];
  const sniffer = new Sniffer((frame) => seen.push(frame));
  const bytes = Buffer.concat(FRAMES);
  for (let at = 0; at < bytes.length; at += most) sniffer.push(bytes.subarray(at, at + most));
  expect(
    seen.map(({ opcode, fin, length, payload }) => [opcode, fin, length, Buffer.from(payload).toString()]),
  ).toEqual(SEEN);
});

test.each([
  [0, 6, true],
  [0, 8, false],
  [2, 6, true],
  // The stream header comes by itself.
  [2, 8, true],
  [2, 9, false],
])('with a stream header of %i bytes, cut after %i: in one piece %s', (streamHeader, cut, isInOnePiece) => {
  const seen: SeenFrame[] = [];
  const sniffer = new Sniffer((frame) => seen.push(frame), streamHeader);
  const frame = encodeFrame({ opcode: 2, payload: new Uint8Array(20), mask: true });
  sniffer.push(frame.subarray(0, cut));
  sniffer.push(frame.subarray(cut));
  expect(seen).toEqual([expect.objectContaining({ length: 20, isInOnePiece })]);
});
