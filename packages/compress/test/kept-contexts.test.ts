import { expect, test } from 'vitest';
import { Inflater } from '../src/index.js';
import { type ContextHolder, KeptContexts, keptContexts } from '../src/kept-contexts.js';
import { deflater, prose, ROOMY } from './samples.js';

function holders(count: number): { holder: ContextHolder; released: number[] }[] {
  const released: number[] = [];
  return Array.from({ length: count }, (_, i) => ({ holder: { releaseContext: () => released.push(i) }, released }));
}

test('beyond the budget the one goes that was not used for longest', () => {
  const kept = new KeptContexts(300);
  const [a, b, c, d] = holders(4) as [ReturnType<typeof holders>[0], ...ReturnType<typeof holders>];
  for (const { holder } of [a, b!, c!]) kept.keep(holder, 100);
  kept.take(a.holder);
  kept.keep(a.holder, 100);
  expect(a.released).toEqual([]);
  kept.keep(d!.holder, 100);
  expect(a.released).toEqual([1]);
  expect(kept.bytes).toBe(300);
  kept.keep(b!.holder, 250);
  expect(a.released).toEqual([1, 2, 0, 3]);
  expect(kept.bytes).toBe(250);
});

test('one in use is safe', () => {
  const kept = new KeptContexts(150);
  const [a, b] = holders(2) as [ReturnType<typeof holders>[0], ...ReturnType<typeof holders>];
  kept.keep(a.holder, 100);
  kept.take(a.holder);
  kept.take(a.holder);
  expect(kept.bytes).toBe(0);
  kept.keep(b!.holder, 100);
  expect(a.released).toEqual([]);
});

test('connections take turns: contexts come and go, and every message is read', () => {
  const direction = { contextTakeover: true, windowBits: 15 };
  const before = keptContexts.bytes;
  const pairs = Array.from({ length: 300 }, () => ({ sender: deflater(direction), receiver: new Inflater(direction) }));
  for (let round = 0; round < 3; round++) {
    for (const { sender, receiver } of pairs) {
      const payload = sender.deflate(prose(2000));
      expect(payload.length).toBeLessThan(round === 0 ? 800 : 100);
      expect(Buffer.compare(receiver.inflate(payload, ROOMY), prose(2000))).toBe(0);
    }
  }
  expect(keptContexts.bytes).toBeGreaterThan(32 << 20);
  expect(keptContexts.bytes).toBeLessThanOrEqual(48 << 20);
  for (const { sender, receiver } of pairs) {
    sender.close();
    receiver.close();
  }
  expect(keptContexts.bytes).toBe(before);
});
