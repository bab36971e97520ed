import { expect, it } from 'vitest';
import { encode } from '../../src/harness/frame.js';

it('encodes all three lengths, with and without a mask (RFC 6455 §5.2, §5.7)', () => {
  const hello = Buffer.from('Hello');
  expect(encode(hello, undefined, 1).toString('hex')).toBe('810548656c6c6f');
  expect(encode(hello, Buffer.from('37fa213d', 'hex'), 1).toString('hex')).toBe('818537fa213d7f9f4d5158');
  expect(encode(Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('827e0100');
  expect(encode(Buffer.alloc(65536)).subarray(0, 10).toString('hex')).toBe('827f0000000000010000');
  expect([125, 126, 65535, 65536].map((size) => encode(Buffer.alloc(size)).length - size)).toEqual([2, 4, 4, 10]);
});
