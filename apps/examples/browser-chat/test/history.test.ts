import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Draft, History } from '../src/server/history.js';
import { temporaryFolder } from './support/folder.js';

function draft(number: number): Draft {
  return { time: number, author: 'Ada', key: `key-${number}-long`, text: `text ${number}` };
}

function fill(history: History, from: number, to: number): void {
  for (let number = from; number <= to; number++) history.add(draft(number));
}

it('is there again after the server, with room, numbers and keys', () => {
  const folder = temporaryFolder();
  const first = new History(folder, 10);
  fill(first, 1, 3);
  const { welcome, entries } = first;
  // Nothing is closed: the server was killed.
  const second = new History(folder, 10);
  expect(second.welcome).toEqual(welcome);
  expect(second.welcome).toMatchObject({ first: 1, last: 3 });
  expect(second.entries).toEqual(entries);
  expect(second.find('Ada', 'key-2-long')).toMatchObject({ number: 2, text: 'text 2' });
  expect(second.find('Grace', 'key-2-long')).toBeUndefined();
  expect(second.add(draft(4)).entry.number).toBe(4);
  second.close();
  first.close();
});

it('gives what comes after a number of its own room, and all to everybody else', () => {
  const history = new History(temporaryFolder(), 10);
  fill(history, 1, 4);
  const { room } = history.welcome;
  expect(history.since(room, 2).map(({ number }) => number)).toEqual([3, 4]);
  expect(history.since(room, 9)).toEqual([]);
  expect(history.since('another', 2)).toHaveLength(4);
  history.close();
});

it('keeps the last entries, and tells which ones it drops', () => {
  const folder = temporaryFolder();
  const history = new History(folder, 5);
  fill(history, 1, 5);
  expect(history.add(draft(6)).dropped.map(({ number }) => number)).toEqual([1]);
  fill(history, 7, 40);
  expect(history.welcome).toMatchObject({ first: 36, last: 40 });
  expect(history.find('Ada', 'key-1-long')).toBeUndefined();
  // The file does not grow for ever either.
  expect(readFileSync(join(folder, 'history.jsonl'), 'utf8').split('\n').length).toBeLessThanOrEqual(5 * 2 + 3);
  history.close();
  const again = new History(folder, 5);
  expect(again.welcome).toMatchObject({ first: 36, last: 40 });
  again.close();
});

it('does without a line that was cut when the server was killed, and with what is no entry', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'history.jsonl');
  const history = new History(folder, 10);
  fill(history, 1, 3);
  history.close();
  truncateSync(file, readFileSync(file).length - 9);
  appendFileSync(file, '\n42\n');
  const again = new History(folder, 10);
  expect(again.welcome).toMatchObject({ first: 1, last: 2 });
  expect(again.add(draft(3)).entry.number).toBe(3);
  again.close();
  const third = new History(folder, 10);
  expect(third.entries.map(({ number }) => number)).toEqual([1, 2, 3]);
  third.close();
});
