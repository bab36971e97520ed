import { expect, test } from 'vitest';
import { largestFrame, PATIENCE, PONGS_LENGTH, RESERVED } from '../../../src/protocol/go/pacing.js';

test('a frame, a Close, all pings that may ask, and answers to pings fit in what may be on its way', () => {
  const [close, ping, header] = [2 + 4 + 125, 2 + 4 + 4, 2 + 2 + 4];
  for (const pacing of [512, 1200, 4096]) {
    const frame = largestFrame(pacing);
    expect(frame).toBeGreaterThan(200);
    expect(header + frame + close + (1 + PATIENCE.length) * ping + 2 * PONGS_LENGTH).toBeLessThanOrEqual(pacing);
  }
  expect(RESERVED).toBe(close + (1 + PATIENCE.length) * ping);
});

test('it is asked ever less often', () => {
  expect([...PATIENCE]).toEqual(PATIENCE.toSorted((a, b) => a - b));
});
