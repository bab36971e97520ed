import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { prepareFrames } from '../../../src/echo/load/frames.js';

describe('prepareFrames', () => {
  it('lays requests and replies out back to back, over and over', () => {
    const frames = prepareFrames({ size: 20, inFlight: 100 }, 1000);
    expect(frames.requestLength).toBe(26);
    expect(frames.replyLength).toBe(22);
    expect(frames.count).toBeGreaterThan(100);
    const last = frames.requests(frames.count - 1, 3);
    expect(last.length).toBe(3 * 26);
    expect(last.subarray(26).equals(frames.requests(0, 2))).toBe(true);
    expect(frames.requests(5, 100).subarray(26, 52).equals(frames.requests(6, 1))).toBe(true);
    const period = frames.count * 22;
    expect(frames.replies.length).toBe(period + 1000);
    expect(frames.replies.subarray(period).equals(frames.replies.subarray(0, 1000))).toBe(true);
  });

  it('never repeats a message among those in flight', () => {
    const { count, replies, replyLength } = prepareFrames({ size: 1024, inFlight: 16 }, 0);
    const seen = Array.from({ length: count }, (_, i) =>
      replies.toString('hex', i * replyLength, (i + 1) * replyLength),
    );
    expect(new Set(seen).size).toBe(count);
    expect(count).toBeGreaterThan(16);
  });
});

describe('prepareFrames, of text', () => {
  it.each(['text', 'unicode'] as const)('sends %s as text, and wants it back as text', (payload) => {
    const { requests, replies, replyLength } = prepareFrames({ size: 60, inFlight: 2, payload }, 0);
    expect(requests(0, 1)[0]).toBe(0x81);
    expect([...replies.subarray(0, 2)]).toEqual([0x81, 60]);
    expect(isUtf8(replies.subarray(2, replyLength))).toBe(true);
  });
});
