import { describe, expect, it } from 'vitest';
import { payload } from '../../src/transfer/payload.js';

describe('payload', () => {
  it('is as long as it has to be, of pieces that differ', () => {
    const pieces = [...payload(300_001)];
    expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(300_001);
    expect(new Set(pieces.map((piece) => Buffer.from(piece).toString('hex', 0, 16))).size).toBe(pieces.length);
  });
});
