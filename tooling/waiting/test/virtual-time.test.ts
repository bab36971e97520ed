import { afterEach, beforeEach, expect, test } from 'vitest';
import { realTime, virtualTime } from '../src/virtual-time.js';

beforeEach(() => virtualTime.enter());
afterEach(() => virtualTime.leave());

test('time stands still, and goes on from timer to timer', () => {
  const began = performance.now();
  const told: [string, number][] = [];
  const tell = (what: string): void => void told.push([what, performance.now() - began]);
  setTimeout(() => tell('late'), 200);
  setTimeout(() => tell('early'), 100);
  clearTimeout(setTimeout(() => tell('never'), 50));
  expect([virtualTime.pending, virtualTime.nextOfApplication, performance.now()]).toEqual([2, undefined, began]);
  virtualTime.advance();
  virtualTime.advance();
  virtualTime.advance();
  expect(told).toEqual([
    ['early', 100],
    ['late', 200],
  ]);
});

test('the end of a turn comes when it is told to, and what that brings about with the next', () => {
  const told: number[] = [];
  setImmediate(() => {
    told.push(1);
    setImmediate(() => told.push(2));
  });
  expect([told, virtualTime.hasImmediates]).toEqual([[], true]);
  virtualTime.runImmediates();
  expect([told, virtualTime.hasImmediates]).toEqual([[1], true]);
  virtualTime.runImmediates();
  expect([told, virtualTime.hasImmediates]).toEqual([[1, 2], false]);
});

test('what the application waits for by its own choice is told apart', async () => {
  const delay = virtualTime.delay(30);
  expect(virtualTime.nextOfApplication).toBe(virtualTime.now + 30);
  virtualTime.advance();
  await delay;
});

test('outside of it the timers are those of the run-time', async () => {
  virtualTime.leave();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setImmediate(resolve));
  expect(performance.now() - realTime.now()).toBeLessThan(1000);
  await virtualTime.delay(1);
});
