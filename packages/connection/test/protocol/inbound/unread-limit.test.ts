import { expect, test } from 'vitest';
import type { InboundFlow } from '../../../src/protocol/contract/inbound-flow.js';
import type { MessageInProgress } from '../../../src/protocol/inbound/message-table.js';
import { UnreadLimit } from '../../../src/protocol/inbound/unread-limit.js';

function create(max = 100): { flow: InboundFlow; log: string[] } {
  const log: string[] = [];
  const flow: InboundFlow = new UnreadLimit(max, {
    onGrant: () => log.push('grant'),
    onUnread: () => log.push(flow.isFull ? 'full' : 'free'),
  });
  return { flow, log };
}

test('no windows, no grants, no stops', () => {
  const { flow, log } = create();
  const message = { streamId: 0 } as MessageInProgress;
  expect(flow.open()).toBeUndefined();
  flow.announce(undefined, 1e9);
  flow.announceWhole(1e9);
  flow.release(message, 1e9);
  flow.stop(message);
  expect([log, flow.hasEntries, flow.isShut, flow.take()]).toEqual([[], false, false, []]);
});

test('reading pauses when so much is unread, and goes on at half of it', () => {
  const { flow, log } = create(100);
  flow.arrived(99);
  expect(log).toEqual([]);
  flow.arrived(1);
  flow.arrived(500);
  expect(log).toEqual(['full']);
  flow.consumed(549);
  expect(log).toEqual(['full']);
  flow.consumed(1);
  flow.consumed(50);
  expect(log).toEqual(['full', 'free']);
  flow.arrived(100);
  expect(log).toEqual(['full', 'free', 'full']);
  expect(flow.moved).toBe(600 + 600 + 100);
});
