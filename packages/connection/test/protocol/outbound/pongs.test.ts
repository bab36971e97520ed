import { expect, test } from 'vitest';
import { nodePlatform } from '../../../src/node/platform.js';
import { Pongs } from '../../../src/protocol/outbound/pongs.js';
import { Sender } from '../../../src/protocol/outbound/sender.js';
import { brief, bytesOf, concat, framesOf } from '../../support/frames.js';

function create() {
  const sender = new Sender(nodePlatform, { masked: false, chunkSize: 1000 });
  const pongs = new Pongs(sender);
  const write = (isDone = true): string[] => {
    pongs.beginWrite();
    const bytes = concat(sender.outbox.take());
    sender.outbox.taken(isDone);
    return framesOf([bytes]).map(brief);
  };
  return { sender, pongs, write };
}

test('sixteen pings are answered between two writes, and of those beyond it the newest', () => {
  const { pongs, write } = create();
  for (let i = 0; i < 20; i++) pongs.answer(bytesOf(`${i}`));
  expect([pongs.isOwing, pongs.isDue]).toEqual([true, true]);
  pongs.pay(true);
  expect(write()).toEqual([...Array.from({ length: 16 }, (_, i) => `10 ${i}`), '10 19']);
  expect(pongs.isOwing).toBe(false);
  pongs.answer(bytesOf('next'));
  expect(write()).toEqual(['10 next']);
});

test('while the transport is blocked only the newest ping is answered', () => {
  const { sender, pongs, write } = create();
  sender.message(1, 'much');
  write(false);
  for (const text of ['one', 'two', 'three']) pongs.answer(bytesOf(text));
  sender.outbox.drained();
  pongs.pay(true);
  expect(write()).toEqual(['10 three']);
});

test('what is owed is dropped when nothing may be sent any more', () => {
  const { sender, pongs, write } = create();
  sender.message(1, 'much');
  write(false);
  pongs.answer(bytesOf('one'));
  sender.outbox.drained();
  pongs.pay(false);
  expect([pongs.isOwing, write()]).toEqual([false, []]);
  sender.message(1, 'much');
  write(false);
  pongs.answer(bytesOf('two'));
  pongs.clear();
  expect([pongs.isOwing, pongs.isDue]).toEqual([false, false]);
});
