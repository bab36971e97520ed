import { describe, expect, it } from 'vitest';
import { GROWTH_LIMIT, isSound } from '../../src/transfer/report.js';
import type { TransferResult } from '../../src/transfer/transfer.js';

describe('isSound', () => {
  const end = { bytes: 9, sha256: 'a', seconds: 1, cpuSeconds: 1, baseline: 1, growth: 1 };
  const good: TransferResult = {
    ...{ size: 9, mode: 'streams', direction: 'up', reader: 'fast', tls: false },
    ...{ sender: end, receiver: end, isEqual: true, bytesPerSecond: 9 },
  };

  it('wants the bytes to be equal and both sides to stay small', () => {
    expect(isSound(good)).toBe(true);
    expect(isSound({ ...good, isEqual: false })).toBe(false);
    expect(isSound({ ...good, sender: { ...end, growth: GROWTH_LIMIT } })).toBe(false);
    expect(isSound({ ...good, receiver: { ...end, growth: GROWTH_LIMIT } })).toBe(false);
  });
});
