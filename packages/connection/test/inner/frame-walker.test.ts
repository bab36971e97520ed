import { encodeFrame } from '@webson/frame';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameWalker } from '../../src/inner/frame-walker.js';
import { concat } from '../support/frames.js';

const lengths = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));

test('finds the end of every frame, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(lengths, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }),
      (sizes, cuts) => {
        const frames = sizes.map((size) => encodeFrame({ opcode: 2, payload: new Uint8Array(size).fill(0xff) }));
        const bytes = concat(frames);
        const walker = new FrameWalker();
        const ends: number[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const piece = bytes.subarray(at, at + cuts[i % cuts.length]!);
          for (let from = 0; from < piece.length; ) {
            from = walker.walk(piece, from);
            if (walker.isBetweenFrames) ends.push(at + from);
          }
          at += piece.length;
        }
        let sum = 0;
        expect(ends).toEqual(frames.map(({ length }) => (sum += length)));
        expect(walker.isBetweenFrames).toBe(true);
      },
    ),
  );
});

test('a cut frame leaves it within one', () => {
  const bytes = encodeFrame({ opcode: 1, payload: new Uint8Array(200) });
  for (const length of [1, 2, 3, 4, 100, bytes.length - 1]) {
    const walker = new FrameWalker();
    expect(walker.walk(bytes.subarray(0, length), 0)).toBe(length);
    expect(walker.isBetweenFrames).toBe(false);
  }
});
