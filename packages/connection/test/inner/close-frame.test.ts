import { decodeClosePayload, encodeClosePayload, encodeFrame, Opcode } from '@webson/frame';
import { expect, test } from 'vitest';
import { closeFrame } from '../../src/inner/close-frame.js';

test.each([
  [1000, ''],
  [4999, 'grüße'],
  [1001, 'x'.repeat(123)],
])('a Close with %i and %j is a frame', (code, reason) => {
  const payload = encodeClosePayload(code, reason);
  expect([...closeFrame({ code, reason })]).toEqual([...encodeFrame({ opcode: Opcode.Close, payload })]);
});

test('one without a code has no payload', () => {
  expect([...closeFrame({ code: 1005, reason: '' })]).toEqual([0x88, 0]);
});

test.each(['\ufffd'.repeat(123), 'x'.repeat(124), '😀'.repeat(40)])(
  'of a reason that is too long the beginning is left',
  (reason) => {
    const { code, reason: left = '' } = decodeClosePayload(closeFrame({ code: 1000, reason }).subarray(2)) ?? {};
    expect(code).toBe(1000);
    expect(left.length).toBe(41);
    expect(reason.startsWith(left.slice(0, 40))).toBe(true);
  },
);
