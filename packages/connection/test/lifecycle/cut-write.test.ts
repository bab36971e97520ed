import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CutWrite, isLarge } from '../../src/lifecycle/cut-write.js';
import { pattern } from '../support/frames.js';

const PIECE = 256 * 1024;

test('every byte is in one piece, in its order, and none is larger than it may be', () => {
  const length = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: PIECE - 2, max: 2 * PIECE + 2 }));
  fc.assert(
    fc.property(fc.array(length, { maxLength: 6 }), (lengths) => {
      const parts = lengths.map((each, index) => pattern(each, index));
      const total = lengths.reduce((sum, each) => sum + each, 0);
      expect(isLarge(parts)).toBe(total > PIECE);
      const cut = new CutWrite(parts);
      const pieces: Uint8Array[] = [];
      let before = 0;
      for (let piece = cut.next(); piece !== undefined; piece = cut.next()) {
        expect(cut.passed).toBe(before);
        const size = piece.reduce((sum, part) => sum + part.length, 0);
        before += size;
        // Only the last piece is smaller.
        expect(size).toBe(Math.min(PIECE, total - cut.passed));
        pieces.push(...piece);
      }
      expect(cut.passed).toBe(total);
      expect(Buffer.compare(Buffer.concat(pieces), Buffer.concat(parts))).toBe(0);
    }),
    { numRuns: 50 },
  );
});
