import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { Journal } from '../../../src/protocol/outbound/journal.js';
import { OutgoingMessage } from '../../../src/protocol/outbound/outgoing-message.js';
import { SharedEncoder } from '../../../src/protocol/outbound/shared-message.js';

const encoder = new SharedEncoder(nodePlatform);
const [a, b, c] = ['a', 'b', 'c'].map((text) => encoder.message(1, text)) as [never, never, never];

test('what is passed on is forgotten; what is left may be sent if it was handed over', () => {
  const journal = new Journal();
  journal.add(a, 10);
  journal.add(b, 20);
  journal.add(c, 30);
  journal.settle(10);
  expect(journal.unsent(20)).toEqual([
    { message: b, mayBeSent: true },
    { message: c, mayBeSent: false },
  ]);
  journal.settle(30);
  expect(journal.unsent(30)).toEqual([]);
});

test('a message that queues is known to end with its last frame', () => {
  const journal = new Journal();
  const outgoing = new OutgoingMessage(1, true);
  journal.add(a, outgoing);
  journal.settle(1000);
  expect(journal.unsent(1000)).toEqual([{ message: a, mayBeSent: false }]);
  outgoing.isBegun = true;
  expect(journal.unsent(1000)).toEqual([{ message: a, mayBeSent: true }]);
  outgoing.end = 1000;
  journal.settle(1000);
  expect(journal.unsent(1000)).toEqual([]);
});

test('counts what its messages hold as they were given', () => {
  const journal = new Journal();
  journal.add(encoder.message(2, new Uint8Array(1000)), 10);
  journal.add(a, 20);
  expect(journal.bytes).toBe(128 + 1000 + 128 + 1);
  journal.settle(10);
  expect(journal.bytes).toBe(128 + 1);
  journal.settle(20);
  expect(journal.bytes).toBe(0);
});
