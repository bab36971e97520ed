import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { LARGEST_BLOCK, LARGEST_LOAN, slabOf } from '../../../src/protocol/outbound/slab.js';

/** A platform of its own has a slab of its own. */
const create = () => slabOf({ ...nodePlatform });

test('one for each platform', () => {
  expect(slabOf(nodePlatform)).toBe(slabOf(nodePlatform));
  expect(slabOf(nodePlatform)).not.toBe(create());
});

test('is lent to one at a time', () => {
  const slab = create();
  expect(slab.borrow(100)?.length).toBeGreaterThanOrEqual(LARGEST_LOAN);
  expect(slab.borrow(100)).toBeUndefined();
  slab.giveBack(0);
  expect(slab.borrow(100)).toBeDefined();
});

test('never lends again what is still read from, and always as much as is asked for', () => {
  const slab = create();
  const lent: Uint8Array[] = [];
  for (let i = 0; i < 100; i++) {
    const length = i % 3 === 0 ? LARGEST_LOAN : 1000 * i;
    const bytes = slab.borrow(length)!;
    expect(bytes.length).toBeGreaterThanOrEqual(Math.max(length, LARGEST_BLOCK));
    expect(lent.some(({ buffer, byteOffset }) => buffer === bytes.buffer && byteOffset >= bytes.byteOffset)).toBe(
      false,
    );
    lent.push(bytes.subarray(0, length));
    slab.giveBack(length);
  }
});

test('lends the same again of which nothing was used', () => {
  const slab = create();
  const first = slab.borrow(10)!;
  slab.giveBack(0);
  const second = slab.borrow(10)!;
  expect([second.buffer, second.byteOffset]).toEqual([first.buffer, first.byteOffset]);
});
