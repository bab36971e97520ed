import { expect, test, vi } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { PiecewiseMessage } from '../../../src/protocol/outbound/piecewise-message.js';
import { Sender } from '../../../src/protocol/outbound/sender.js';
import { brief, bytesOf, concat, framesOf } from '../../support/frames.js';

function open() {
  const sender = new Sender(nodePlatform, { masked: false, chunkSize: 10 });
  const events = { onRoom: vi.fn(), onStop: vi.fn() };
  const owner = { onOutput: vi.fn() };
  const message = new PiecewiseMessage(sender.open(1, events), sender, owner);
  const sent = (): string[] => {
    sender.fill();
    const bytes = concat(sender.outbox.take());
    sender.outbox.taken(true);
    return framesOf([bytes]).map(brief);
  };
  return { message, owner, sent };
}

test('is written, and ends', () => {
  const { message, owner, sent } = open();
  expect(message.isFull).toBe(false);
  message.write(bytesOf('one'));
  message.write(bytesOf('ten or more'));
  expect([message.isFull, owner.onOutput.mock.calls.length]).toEqual([true, 2]);
  expect(sent()).toEqual(['1+ one', '0+ ten or mor', '0+ e']);
  expect([message.isFull, message.isDone]).toEqual([false, false]);
  message.end();
  expect([sent(), message.isDone, owner.onOutput.mock.calls.length]).toEqual([['0'], true, 3]);
});

test('can be given up before anything of it is sent, and not after, without streams', () => {
  const first = open();
  first.message.write(bytesOf('one'));
  expect([first.message.abort(), first.message.isDone, first.sent()]).toEqual([true, true, []]);
  const second = open();
  second.message.write(bytesOf('one'));
  second.sent();
  expect([second.message.abort(), second.message.isDone]).toEqual([false, false]);
});
