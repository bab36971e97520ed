import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { Platform } from '../../../src/protocol/contract/platform.js';
import { PayloadBuffer } from '../../../src/protocol/inbound/payload-buffer.js';
import { concat, pattern } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';

const MIB = 1024 * 1024;

function createPlatform(): { platform: Platform; allocations: number[] } {
  const allocations: number[] = [];
  const allocate = (length: number): Uint8Array => {
    allocations.push(length);
    return new Uint8Array(length).fill(0xee);
  };
  return { platform: { ...nodePlatform, allocate }, allocations };
}

test('a message that is announced at once gets just its length', () => {
  const { platform, allocations } = createPlatform();
  const buffer = new PayloadBuffer(platform, 10_000);
  const content = pattern(10_000);
  for (let at = 0; at < 10_000; at += 1000) buffer.append(content.subarray(at, at + 1000), 10_000);
  expect(buffer.length).toBe(10_000);
  expect(Buffer.compare(buffer.take(), content)).toBe(0);
  expect(allocations).toEqual([10_000]);
});

test('no more than 1 MiB is set aside on the word of a header', () => {
  const { platform, allocations } = createPlatform();
  const buffer = new PayloadBuffer(platform, 2 ** 40);
  buffer.append(pattern(100), 2 ** 40);
  expect(allocations).toEqual([MIB]);
});

test('beyond that it doubles, up to what the message is to be', () => {
  const { platform, allocations } = createPlatform();
  const total = 5 * MIB;
  const buffer = new PayloadBuffer(platform, total);
  const content = pattern(total);
  for (let at = 0; at < total; at += 65_536) buffer.append(content.subarray(at, at + 65_536), total);
  expect(Buffer.compare(buffer.take(), content)).toBe(0);
  expect(allocations).toEqual([MIB, 2 * MIB, 4 * MIB, 5 * MIB]);
});

test('a slice larger than the doubled memory fits', () => {
  const { platform } = createPlatform();
  const buffer = new PayloadBuffer(platform, 1);
  buffer.append(pattern(1), Number.POSITIVE_INFINITY);
  buffer.append(pattern(100_000), Number.POSITIVE_INFINITY);
  expect(buffer.length).toBe(100_001);
  expect(buffer.take()).toHaveLength(100_001);
});

test.each([1, 64, 1000])('fragments of %d bytes cost their bytes: few allocations, not one for each', (size) => {
  const { platform, allocations } = createPlatform();
  const buffer = new PayloadBuffer(platform, size);
  const count = Math.ceil(MIB / size);
  const slice = pattern(size);
  for (let i = 0; i < count; i++) buffer.append(slice, Number.POSITIVE_INFINITY);
  expect(buffer.length).toBe(count * size);
  expect(allocations.length).toBeLessThan(16);
  // All that was ever allocated together is a small multiple of the content, so copying is linear too.
  expect(allocations.reduce((sum, length) => sum + length, 0)).toBeLessThan(5 * MIB);
});

propertyTest(
  'it holds what was appended, and nothing that nobody wrote',
  300,
  fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 30 }), fc.boolean(), (lengths, isAnnounced) => {
    const { platform } = createPlatform();
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const slices = lengths.map((length, i) => pattern(length, i));
    const buffer = new PayloadBuffer(platform, isAnnounced ? total : (lengths[0] ?? 0));
    for (const slice of slices) buffer.append(slice, isAnnounced ? total : Number.POSITIVE_INFINITY);
    expect(buffer.length).toBe(total);
    expect(Buffer.compare(buffer.take(), concat(slices))).toBe(0);
  }),
);

test.each([
  [1, MIB],
  [9000, MIB + 1],
  [MIB, MIB + 9000],
])('a message of unknown length keeps at most 8 KiB beside it: fragments of %d bytes, %d in all', (size, total) => {
  const buffer = new PayloadBuffer(createPlatform().platform, size);
  const content = pattern(total);
  for (let at = 0; at < total; at += size) {
    buffer.append(content.subarray(at, at + size), Number.POSITIVE_INFINITY);
  }
  const payload = buffer.take();
  expect(Buffer.compare(payload, content)).toBe(0);
  expect(payload.byteOffset).toBe(0);
  expect(payload.buffer.byteLength - payload.length).toBeLessThanOrEqual(8 * 1024);
});
