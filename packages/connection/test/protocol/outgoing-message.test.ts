import { expect, test } from 'vitest';
import { OutgoingMessage } from '../../src/protocol/outgoing-message.js';
import { bytesOf, textOf } from '../support/frames.js';

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
