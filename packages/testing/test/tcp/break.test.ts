import { expect, test } from 'vitest';
import { BreakPoint } from '../../src/tcp/break.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('counts from the start', () => {
  const point = new BreakPoint({ kind: 'drop', after: 5 });
  expect(point.reach(bytes('abc'))).toBe(3);
  point.pass(bytes('abc'));
  expect(point.isReached).toBe(false);
  expect(point.reach(bytes('defg'))).toBe(2);
  point.pass(bytes('de'));
  expect(point.isReached).toBe(true);
  expect(point.reach(bytes('fg'))).toBe(0);
});

test('at once', () => {
  const point = new BreakPoint({ kind: 'drop', after: 0 });
  expect([point.isReached, point.hasPassed]).toEqual([true, false]);
});

const HEAD = 'GET / HTTP/1.1\r\nA: b\r\n\r\n';

test.each([1, 2, 3, 5, 7, 100])('counts from the end of the head, which comes in pieces of %d bytes', (size) => {
  const point = new BreakPoint({ kind: 'drop', after: 2, from: 'head' });
  const all = bytes(`${HEAD}abcdef`);
  let passed = 0;
  while (!point.isReached) {
    const chunk = all.subarray(passed, passed + size);
    const length = point.reach(chunk);
    point.pass(chunk.subarray(0, length));
    passed += length;
  }
  expect(passed).toBe(HEAD.length + 2);
});

test.each([-1, 0.5, Number.NaN])('no number of bytes: %d', (after) => {
  expect(() => new BreakPoint({ kind: 'drop', after })).toThrow(RangeError);
});
