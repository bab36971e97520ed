import { expect, test } from 'vitest';
import { CANCEL_BIT, MAX_STREAM_ID, Rsv } from '../src/header.js';

test('the bits of the stream header, and the reserved ones', () => {
  expect(MAX_STREAM_ID).toBe(32_767);
  expect(CANCEL_BIT).toBe(0x8000);
  expect(CANCEL_BIT & MAX_STREAM_ID).toBe(0);
  expect(Rsv).toEqual({ Rsv1: 4, Rsv2: 2, Rsv3: 1 });
});
