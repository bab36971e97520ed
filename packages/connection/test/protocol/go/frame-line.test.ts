import { expect, test } from 'vitest';
import { countMessages, FrameLine, lengthOf, opcodeOf } from '../../../src/protocol/go/frame-line.js';

const BEGUN = Uint8Array.of(0x02, 1, 7);
const ENDED = Uint8Array.of(0x82, 0);
const PING = Uint8Array.of(0x89, 0);
const CLOSE = Uint8Array.of(0x88, 0);

test('in the order they came, the Close last', () => {
  const line = new FrameLine();
  line.addClose(CLOSE);
  line.add(BEGUN);
  line.add(ENDED);
  line.add(PING);
  expect([line.length, line.messages, line.total, line.left]).toEqual([9, 1, 7, 0]);
  expect(line.peek()).toBe(BEGUN);
  expect([line.next(), line.next(), line.messages, line.left]).toEqual([BEGUN, ENDED, 0, 5]);
  expect([line.next(), line.hasClosed, line.peek(), line.next()]).toEqual([PING, false, CLOSE, CLOSE]);
  expect([line.hasClosed, line.length, line.peek(), line.next()]).toEqual([true, 0, undefined, undefined]);
});

test('all but the Close can be dropped, and then that', () => {
  const line = new FrameLine();
  for (const frame of [BEGUN, ENDED, ENDED, PING]) line.add(frame);
  line.addClose(CLOSE);
  line.next();
  expect(line.drop()).toEqual({ messages: 2, bytes: 6 });
  expect([line.length, line.peek(), line.total, line.left]).toEqual([2, CLOSE, 9, 3]);
  line.clear();
  expect([line.length, line.peek(), line.hasClosed]).toEqual([0, undefined, false]);
});

test('what frames are', () => {
  expect([BEGUN, ENDED, PING, new Uint8Array(0)].map(opcodeOf)).toEqual([2, 2, 9, 0]);
  expect(countMessages([BEGUN, ENDED, PING, CLOSE, ENDED])).toBe(2);
  expect(lengthOf([BEGUN, ENDED])).toBe(5);
});

test('a line that is never empty keeps none of what has left', () => {
  const line = new FrameLine();
  line.add(BEGUN);
  for (let i = 0; i < 1000; i++) {
    line.add(ENDED);
    line.next();
    expect([line.size, line.length]).toEqual([1, 2]);
  }
  expect([line.messages, line.next(), line.size, line.next()]).toEqual([1, ENDED, 0, undefined]);
});
