import { expect, test } from 'vitest';
import { contentOf, type ScriptItem } from '../../src/endpoints/script.js';
import { sourceOf } from '../../src/endpoints/source.js';

const ITEM: ScriptItem = { type: 1, length: 500, seed: 4, how: 'generator', pieces: [7, 0, 120], after: 'go on' };

test.each([0, 1, 2, 3, 40, 500])('a text of %i bytes is UTF-8, and the same for the same item', (length) => {
  for (let seed = 0; seed < 50; seed++) {
    const { payload } = contentOf({ ...ITEM, length, seed });
    expect(payload.length).toBe(length);
    expect(Buffer.from(Buffer.from(payload).toString('utf8'))).toEqual(Buffer.from(payload));
    expect(contentOf({ ...ITEM, length, seed }).payload).toEqual(payload);
  }
});

test.each(['generator', 'iterable', 'web stream'] as const)('a %s yields the payload, piece by piece', async (how) => {
  for (const pieces of [[7, 0, 120], [0], [1], [1000]]) {
    for (const length of [0, 500, 90_000]) {
      const item = { ...ITEM, type: 2, how, pieces, length };
      const { payload } = contentOf(item);
      const seen: Uint8Array[] = [];
      for await (const piece of sourceOf(item, payload) as AsyncIterable<Uint8Array>) seen.push(new Uint8Array(piece));
      expect(Buffer.compare(Buffer.concat(seen), payload)).toBe(0);
      expect(seen.length).toBeLessThan(2000);
    }
  }
});

test('a piece is spoilt when the next is asked for', () => {
  const item = { ...ITEM, how: 'iterable' as const, pieces: [100] };
  const source = sourceOf(item, contentOf(item).payload) as Iterable<Uint8Array>;
  const iterator = source[Symbol.iterator]();
  const first = iterator.next().value as Uint8Array;
  const before = new Uint8Array(first);
  iterator.next();
  expect(first).not.toEqual(before);
});
