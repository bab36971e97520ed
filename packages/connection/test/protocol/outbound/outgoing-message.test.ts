import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutgoingMessage } from '../../../src/protocol/outbound/outgoing-message.js';
import { bytesOf, concat, pattern, textOf } from '../../support/frames.js';
import { propertyTest } from '../../support/property.js';
import { takeAway } from '../../support/take-away.js';

function create(...pieces: string[]): OutgoingMessage {
  const message = new OutgoingMessage(1, false);
  for (const piece of pieces) message.add(bytesOf(piece));
  return message;
}

function takeAll(message: OutgoingMessage, limit: number): string[] {
  const parts: string[] = [];
  while (message.queued > 0) parts.push(textOf(message.take(limit)));
  return parts;
}

test('what is taken is at most the limit, and no more than the rest of a piece', () => {
  expect(takeAll(create('abcde', 'fg', 'h'), 2)).toEqual(['ab', 'cd', 'e', 'fg', 'h']);
  expect(takeAll(create('abcde', 'fg', 'h'), Number.POSITIVE_INFINITY)).toEqual(['abcde', 'fg', 'h']);
  expect(takeAll(create('abc'), 1)).toEqual(['a', 'b', 'c']);
});

test('the limit may change in the middle of a piece', () => {
  const message = create('abcdef');
  expect([1, 3, 9].map((limit) => textOf(message.take(limit)))).toEqual(['a', 'bcd', 'ef']);
});

test('bytes are sent from where they are', () => {
  const piece = bytesOf('piece');
  const message = create();
  message.add(piece);
  expect(message.take(3).buffer).toBe(piece.buffer);
});

test('of nothing: an empty part', () => {
  const message = create('', '');
  expect([message.queued, message.take(5).length]).toEqual([0, 0]);
});

test('what is queued is counted, in the middle of a piece too', () => {
  const message = create('abc', 'de');
  expect(message.queued).toBe(5);
  message.take(2);
  expect(message.queued).toBe(3);
  message.add(bytesOf('f'));
  expect(message.queued).toBe(4);
});

test('drop: what has not been sent is forgotten, and told', () => {
  const message = create('abc', 'de');
  message.take(1);
  expect([message.drop(), message.queued, message.drop()]).toEqual([4, 0, 0]);
  message.add(bytesOf('xy'));
  expect(textOf(message.take(9))).toBe('xy');
});

test('many small pieces that wait are put together, in frames and in memory', () => {
  const message = create();
  const content = pattern(16_000);
  for (let at = 0; at < content.length; at++) message.addCopy(content.subarray(at, at + 1));
  expect(message.queued).toBe(16_000);
  const parts: Uint8Array[] = [];
  while (message.queued > 0) parts.push(message.take(1000));
  expect(Buffer.compare(concat(parts), content)).toBe(0);
  // The first are frames of their own.
  expect(parts.length).toBeLessThan(16 + 16 + 10);
  const memory = new Set(parts.slice(16).map(({ buffer }) => buffer));
  expect([...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(2 * 16_000);
});

propertyTest(
  'pieces that were copied, by whatever is taken in between, whatever becomes of where they came from',
  300,
  fc.property(
    fc.array(fc.oneof(fc.nat(5), fc.nat(2000)), { maxLength: 120 }),
    fc.array(fc.option(fc.integer({ min: 1, max: 3000 }), { nil: undefined }), { maxLength: 120 }),
    (lengths, takes) => {
      const message = create();
      const content = lengths.map((length, i) => pattern(length, i));
      const parts: Uint8Array[] = [];
      for (const [i, bytes] of content.entries()) {
        const piece = new Uint8Array(bytes);
        message.addCopy(piece);
        piece.fill(0xee);
        const limit = takes[i];
        if (limit !== undefined) parts.push(new Uint8Array(message.take(limit)));
      }
      while (message.queued > 0) parts.push(new Uint8Array(message.take(1000)));
      expect(Buffer.compare(concat(parts), concat(content))).toBe(0);
    },
  ),
);

test('a piece whose buffer was taken away counts as zeros: what was announced has to be sent', () => {
  for (const taken of [0, 300]) {
    const message = create('first');
    const piece = pattern(1000);
    message.add(piece);
    expect(textOf(message.take(9))).toBe('first');
    expect(message.take(taken)).toHaveLength(taken);
    takeAway(piece);
    message.add(bytesOf(''));
    const parts = [message.take(400), message.take(1000), message.take(1000)];
    const rest = 1000 - taken;
    expect(parts.map(({ length }) => length)).toEqual([400, rest - 400, 0]);
    expect(concat(parts)).toEqual(new Uint8Array(rest));
    expect([message.queued, message.isLent]).toEqual([0, false]);
  }
});
