import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { type MessageInProgress, MessageTable } from '../../../src/protocol/inbound/message-table.js';
import { PayloadBuffer } from '../../../src/protocol/inbound/payload-buffer.js';
import { ReceiveWindow } from '../../../src/protocol/streams/window.js';

function message(streamId: number): MessageInProgress {
  const payload = new PayloadBuffer(nodePlatform, 0);
  const counts = { openNumber: 1, fragments: 0, announced: 0, isAscii: true, isStale: false };
  const none = { body: undefined, window: undefined, utf8: undefined };
  return { type: 2, streamId, isCompressed: false, payload, ...none, ...counts };
}

test('a message is found by its stream id until it is removed', () => {
  const table = new MessageTable();
  expect(table.get(0)).toBeUndefined();
  const first = message(0);
  table.add(first);
  expect(table.get(0)).toBe(first);
  expect(table.size).toBe(1);
  table.remove(first);
  expect(table.get(0)).toBeUndefined();
  expect(table.size).toBe(0);
});

test('messages of several streams, in any order', () => {
  const table = new MessageTable();
  const messages = [1, 2, 32_767].map(message);
  for (const entry of messages) table.add(entry);
  for (const entry of [...messages, ...messages.toReversed()]) expect(table.get(entry.streamId)).toBe(entry);
  expect(table.get(3)).toBeUndefined();
  table.remove(messages[1]!);
  expect(table.get(2)).toBeUndefined();
  expect(table.get(1)).toBe(messages[0]);
  expect(table.get(32_767)).toBe(messages[2]);
});

test('all of them, one by one', () => {
  const table = new MessageTable();
  for (const id of [7, 3, 5]) table.add(message(id));
  expect([...table].map(({ streamId }) => streamId)).toEqual([7, 3, 5]);
});

test('clear forgets all, the one used last too', () => {
  const table = new MessageTable();
  table.add(message(1));
  table.add(message(2));
  expect(table.get(1)).toBeDefined();
  table.clear();
  expect([table.get(1), table.get(2), table.size]).toEqual([undefined, undefined, 0]);
});

test('a message is stale until more of it arrives, and idle when it is still stale the next time', () => {
  const table = new MessageTable();
  const entry = message(1);
  table.add(entry);
  expect([table.markStale(false), entry.isStale]).toEqual([false, true]);
  expect([table.markStale(true), entry.isStale]).toEqual([false, false]);
  expect([table.markStale(false), table.markStale(false)]).toEqual([false, true]);
});

test('a message with unread bytes is not stale', () => {
  const table = new MessageTable();
  const window = new ReceiveWindow(100);
  table.add({ ...message(1), window });
  window.receive(10);
  expect([table.markStale(false), table.markStale(false)]).toEqual([false, false]);
  window.consume(10);
  expect([table.markStale(false), table.markStale(false)]).toEqual([false, true]);
});
