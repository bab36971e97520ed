import { expect, test } from 'vitest';
import { SpareContexts } from '../src/spare-contexts.js';

class Context {
  resets = 0;
  closes = 0;
  reset(): void {
    this.resets++;
  }
  close(): void {
    this.closes++;
  }
}

test('gives back what fits, reset', () => {
  const spare = new SpareContexts<Context>();
  const context = new Context();
  expect(spare.take('a')).toBeUndefined();
  spare.give('a', context);
  expect(context.resets).toBe(1);
  expect(spare.take('b')).toBeUndefined();
  expect(spare.take('a')).toBe(context);
  expect(spare.take('a')).toBeUndefined();
});

test('keeps 16 and closes those that were not wanted for longest', () => {
  const spare = new SpareContexts<Context>();
  const contexts = Array.from({ length: 20 }, () => new Context());
  for (const [i, context] of contexts.entries()) spare.give(String(i), context);
  expect(spare.size).toBe(16);
  expect(contexts.map(({ closes }) => closes)).toEqual(contexts.map((_, i) => (i < 4 ? 1 : 0)));
  expect(spare.take('3')).toBeUndefined();
  expect(spare.take('4')).toBe(contexts[4]);
});
