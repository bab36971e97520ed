import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PieceQueue } from '../../../src/protocol/inbound/piece-queue.js';
import { concat, pattern } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';
import { takeAway } from '../../support/take-away.js';

const MIB = 1024 * 1024;

function drain(queue: PieceQueue): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

/** Bytes of all the buffers that the pieces lie in. */
function memoryOf(pieces: readonly Uint8Array[]): number {
  return [...new Set(pieces.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

test.each([
  ['in chunks of their own', false, 1],
  ['in chunks of their own, lent', true, 1],
  ['in large chunks', false, 10],
  ['of 1500 bytes', true, 1500],
])('slices %s cost their bytes: few pieces, and no memory beside them', (_name, isLent, length) => {
  const queue = new PieceQueue();
  const count = Math.ceil(MIB / length);
  for (let i = 0; i < count; i++) queue.push(new Uint8Array(length), isLent);
  expect(queue.length).toBe(count * length);
  const pieces = drain(queue);
  expect(pieces.length).toBeLessThan(MIB / 4096);
  expect(memoryOf(pieces)).toBeLessThanOrEqual(count * length + 8 * 1024);
});

test('few bytes take little memory', () => {
  const queue = new PieceQueue();
  queue.push(new Uint8Array(1));
  expect(memoryOf(drain(queue))).toBeLessThanOrEqual(256);
});

test('a large slice that is not lent stays as it is, unless that keeps more alive than it is worth', () => {
  const queue = new PieceQueue();
  const own = pattern(5000);
  const part = pattern(50_000).subarray(0, 5000);
  const lent = pattern(5000);
  queue.push(own);
  queue.push(part);
  queue.push(lent, true);
  const pieces = drain(queue);
  expect(pieces[0]).toBe(own);
  expect(pieces.some(({ buffer }) => buffer === part.buffer || buffer === lent.buffer)).toBe(false);
});

test('what is passed to a reader is a copy if it is lent, or small', () => {
  const queue = new PieceQueue();
  const own = pattern(5000);
  queue.pass(own);
  queue.pass(own, true);
  queue.pass(own.subarray(0, 100));
  const [first, second, third] = drain(queue);
  expect(first).toBe(own);
  expect(second).toEqual(own);
  expect(second?.buffer).not.toBe(own.buffer);
  expect(third?.buffer.byteLength).toBe(100);
});

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('push', 'pass'),
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9000 })),
      isLent: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('shift'), length: fc.constant(0), isLent: fc.boolean() }) },
);

propertyTest(
  'what comes out is what went in, whatever becomes of the pieces that were read and of the slices that were lent',
  500,
  fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, isJoined) => {
    const queue = new PieceQueue();
    const pushed: Uint8Array[] = [];
    const read: Uint8Array[] = [];
    for (const { kind, length, isLent } of steps) {
      if (kind === 'shift') {
        const piece = queue.shift();
        if (piece === undefined) continue;
        expect(piece.byteOffset % 8).toBe(0);
        expect(piece.buffer.byteLength - piece.length).toBeLessThanOrEqual(8 * 1024);
        read.push(new Uint8Array(piece));
        takeAway(piece);
        continue;
      }
      const slice = pattern(length, pushed.length);
      pushed.push(new Uint8Array(slice));
      if (kind === 'push') queue.push(slice, isLent);
      else queue.pass(slice, isLent);
      if (isLent) slice.fill(0xee);
    }
    const rest = queue.length;
    const left = isJoined ? [queue.join()] : drain(queue);
    expect(concat(left)).toHaveLength(rest);
    expect(Buffer.compare(concat([...read, ...left]), concat(pushed))).toBe(0);
    expect(queue.length).toBe(0);
  }),
);
