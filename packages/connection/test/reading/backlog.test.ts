import { expect, test } from 'vitest';
import { Backlog, mostQueued } from '../../src/reading/backlog.js';

const MARK = 16 * 64 * 1024;

test('below the mark nothing counts', () => {
  const backlog = new Backlog(64 * 1024);
  backlog.update(MARK, 0);
  backlog.read(100 * MARK);
  expect([backlog.isOver, backlog.isFull(false)]).toEqual([false, false]);
});

test('a small highWaterMark counts as 64 KiB', () => {
  const backlog = new Backlog(0);
  backlog.update(MARK, 0);
  expect(backlog.isOver).toBe(false);
  backlog.update(MARK + 1, 0);
  expect(backlog.isOver).toBe(true);
});

test('above it, the mark may be read, and what the peer takes', () => {
  const backlog = new Backlog(64 * 1024);
  backlog.update(MARK + 1, 1000);
  backlog.read(MARK - 1);
  expect(backlog.isFull(false)).toBe(false);
  backlog.read(1);
  expect(backlog.isFull(false)).toBe(true);
  backlog.update(MARK + 1, 1500);
  expect(backlog.isFull(false)).toBe(false);
  backlog.read(500);
  expect(backlog.isFull(false)).toBe(true);
});

test('counted anew when it was below the mark', () => {
  const backlog = new Backlog(64 * 1024);
  backlog.update(MARK + 1, 0);
  backlog.read(MARK);
  backlog.update(MARK, 10);
  expect([backlog.isOver, backlog.isFull(false)]).toEqual([false, false]);
  backlog.update(MARK + 1, 10);
  backlog.read(MARK - 1);
  expect(backlog.isFull(false)).toBe(false);
});

test('what may be queued at all is 16 times the mark', () => {
  expect([mostQueued(0), mostQueued(64 * 1024), mostQueued(1 << 20)]).toEqual([16 * MARK, 16 * MARK, 256 << 20]);
});

test('16 MiB at least while what is queued waits for the word of the peer', () => {
  const backlog = new Backlog(64 * 1024);
  backlog.update(MARK + 1, 0);
  backlog.read(16 * MARK - 1);
  expect([backlog.isFull(false), backlog.isFull(true)]).toEqual([true, false]);
  backlog.read(1);
  expect(backlog.isFull(true)).toBe(true);
});
