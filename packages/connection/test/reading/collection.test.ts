import { expect, test } from 'vitest';
import { Collection, type Collector } from '../../src/reading/collection.js';

class Waiter implements Collector {
  calls = 0;
  goOn(): void {
    this.calls++;
  }
}

test('counts up to its bound, over all messages', () => {
  const collection = new Collection(100);
  expect([collection.add(60), collection.add(41), collection.add(40), collection.add(1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  collection.remove(new Waiter(), 60, false);
  expect([collection.add(60), collection.add(1)]).toEqual([true, false]);
});

test('it is of use to wait while a message that has come whole will make room', () => {
  const collection = new Collection(100);
  const [whole, waiting] = [new Waiter(), new Waiter()];
  expect(collection.hasWhole).toBe(false);
  collection.add(100);
  collection.addWhole();
  expect(collection.hasWhole).toBe(true);
  collection.wait(waiting);
  collection.remove(whole, 0, false);
  expect(waiting.calls).toBe(0);
  collection.remove(whole, 100, true);
  expect([waiting.calls, collection.hasWhole]).toEqual([1, false]);
  collection.remove(whole, 1, false);
  expect(waiting.calls).toBe(1);
});

test('who has left is not told', () => {
  const collection = new Collection(100);
  const waiting = new Waiter();
  collection.add(50);
  collection.wait(waiting);
  collection.remove(waiting, 0, false);
  collection.remove(new Waiter(), 50, false);
  expect(waiting.calls).toBe(0);
});
