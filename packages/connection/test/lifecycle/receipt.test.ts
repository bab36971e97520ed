import { expect, test } from 'vitest';
import { Receipt } from '../../src/lifecycle/receipt.js';
import { bytesOf } from '../support/frames.js';

test('the answer to its ping is the receipt, once; every other pong makes it ask again', () => {
  const pings: string[] = [];
  let received = 0;
  const receipt = new Receipt(
    (payload) => void pings.push(payload),
    () => void received++,
  );
  expect(pings).toHaveLength(1);
  const answer = bytesOf(pings[0]!);
  for (const other of ['', 'x', 'x'.repeat(answer.length)]) receipt.onPong(bytesOf(other));
  expect([pings.length, received]).toEqual([4, 0]);
  expect(new Set(pings).size).toBe(1);
  receipt.onPong(answer);
  receipt.onPong(answer);
  receipt.onPong(bytesOf(''));
  expect([pings.length, received]).toEqual([4, 1]);
});
