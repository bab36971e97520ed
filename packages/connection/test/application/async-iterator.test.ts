import { afterEach, expect, test, vi } from 'vitest';
import type * as asyncIterator from '../../src/application/async-iterator.js';

afterEach(() => vi.unstubAllGlobals());

async function load(): Promise<typeof asyncIterator> {
  vi.resetModules();
  return await import('../../src/application/async-iterator.js');
}

class Iterable {
  *[Symbol.asyncIterator](): Generator<number> {
    yield 1;
  }
}

test('where there is Symbol.asyncIterator an iterable is left alone', async () => {
  const { ASYNC_ITERATOR, makeIterable } = await load();
  const made = new Iterable();
  makeIterable(made);
  expect(ASYNC_ITERATOR).toBe(Symbol.asyncIterator);
  expect(Reflect.ownKeys(made)).toEqual([]);
});

test('where there is none the method has the name that Babel looks for', async () => {
  const Real = Symbol;
  const { asyncIterator: _, ...descriptors } = Object.getOwnPropertyDescriptors(Real);
  vi.stubGlobal(
    'Symbol',
    Object.defineProperties((text?: string) => Real(text), descriptors),
  );
  const { ASYNC_ITERATOR, makeIterable } = await load();
  vi.unstubAllGlobals();
  // What a class makes of a method whose name is undefined.
  const method = (): string => 'called';
  const made: Record<string, unknown> = { undefined: method };
  makeIterable(made);
  expect(ASYNC_ITERATOR).toBe('@@asyncIterator');
  expect(made[ASYNC_ITERATOR as string]).toBe(method);
});
