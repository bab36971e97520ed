import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import type { Platform } from '../../../src/protocol/contract/platform.js';
import { KeptMemory, keptMemoryOf } from '../../../src/protocol/inbound/kept-memory.js';
import { concat, pattern } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';
import { takeAway } from '../../support/take-away.js';

const SLAB = 8 * 1024;
/** One in which a slab can be taken away. */
const unmarked: Platform = { ...nodePlatform, allocateShared: (length) => new Uint8Array(length) };

function keepAll(memory: KeptMemory, lengths: readonly number[]): Uint8Array[] {
  return lengths.map((length, i) => memory.keep(concat([pattern(3), pattern(length, i)]), 3, 3 + length));
}

propertyTest(
  'copies are what they are copies of, begin at a multiple of 8 and keep 8 KiB beside them at most',
  300,
  fc.property(
    fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })), { maxLength: 60 }),
    (lengths) => {
      for (const [i, kept] of keepAll(new KeptMemory(nodePlatform), lengths).entries()) {
        expect(Buffer.compare(kept, pattern(lengths[i]!, i))).toBe(0);
        expect(kept.byteOffset % 8).toBe(0);
        expect(kept.buffer.byteLength - kept.length).toBeLessThan(SLAB);
      }
    },
  ),
);

test('a payload of 4 KiB or more has a buffer of its size, smaller ones share one', () => {
  const [a, b, c, d] = keepAll(new KeptMemory(nodePlatform), [4096, 4095, 1, 5000]) as Uint8Array[];
  expect([a!.buffer.byteLength, b!.buffer.byteLength, d!.buffer.byteLength]).toEqual([4096, SLAB, 5000]);
  expect(c!.buffer).toBe(b!.buffer);
});

test('nothing is shared on a platform that has no memory for that', () => {
  const { allocateShared: _, ...platform } = nodePlatform;
  const kept = keepAll(new KeptMemory(platform), [1, 20, 1000]);
  expect(kept.map(({ buffer }) => buffer.byteLength)).toEqual([1, 20, 1000]);
});

test('all connections of a platform have one', () => {
  expect(keptMemoryOf(nodePlatform)).toBe(keptMemoryOf(nodePlatform));
  expect(keptMemoryOf(unmarked)).not.toBe(keptMemoryOf(nodePlatform));
});

describe('runs', () => {
  test('fill the slab that is in use as far as its room goes', () => {
    const memory = new KeptMemory(nodePlatform);
    expect(memory.room).toBe(0);
    const [first] = keepAll(memory, [1001]);
    expect(memory.room).toBe(SLAB - 1008);
    const run = memory.keepRun(pattern(SLAB), 8, memory.room + 8);
    expect(run.buffer).toBe(first!.buffer);
    expect([run.byteOffset, memory.room]).toEqual([1008, 0]);
    expect(Buffer.compare(run, pattern(SLAB).subarray(8, SLAB - 1000))).toBe(0);
    expect(memory.keepRun(pattern(SLAB), 0, SLAB).buffer).not.toBe(first!.buffer);
  });
});

describe('a slab that was taken away', () => {
  test('is given up: what comes next is kept elsewhere', () => {
    const memory = new KeptMemory(unmarked);
    const [first] = keepAll(memory, [20]);
    takeAway(first!);
    expect(memory.room).toBe(0);
    const kept = keepAll(memory, [20, 40]);
    expect(kept.map((bytes, i) => Buffer.compare(bytes, pattern([20, 40][i]!, i)))).toEqual([0, 0]);
    takeAway(kept[0]!);
    expect(Buffer.compare(memory.keepRun(pattern(64), 0, 64), pattern(64))).toBe(0);
  });
});
