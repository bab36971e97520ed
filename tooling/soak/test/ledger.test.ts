import { describe, expect, test } from 'vitest';
import { Ledger } from '../src/ledger.js';

/** A life that was owed 1, 2, 3, and what is wrong with what became of it. */
function faults(received: number[], isClean: boolean, unsent: [message: number, mayBeSent: boolean][] = []): string[] {
  const ledger = new Ledger();
  ledger.begin('life');
  for (const message of [1, 2, 3]) ledger.owe('life', message);
  for (const message of received) ledger.received('life', message);
  for (const [message, mayBeSent] of unsent) ledger.unsent('life', message, mayBeSent);
  ledger.clientEnded('life', isClean);
  ledger.end('life', isClean);
  ledger.finish();
  return ledger.faults;
}

describe('what is as it should be', () => {
  test.each<[string, number[], boolean, [number, boolean][]]>([
    ['all of it, and a clean close', [1, 2, 3], true, []],
    ['all but what was reported', [1, 2], true, [[3, false]]],
    ['the beginning, and a break', [1], false, []],
    ['the beginning, a break, and the rest reported', [1], false, [[3, false]]],
    ['what was perhaps sent, and came', [1, 2, 3], false, [[3, true]]],
  ])('%s', (_name, received, isClean, unsent) => {
    expect(faults(received, isClean, unsent)).toEqual([]);
  });
});

describe('what is a fault', () => {
  test.each<[string, number[], boolean, [number, boolean][]]>([
    ['a gap', [1, 3], false, []],
    ['twice', [1, 1, 2, 3], true, []],
    ['out of order', [2, 1, 3], true, []],
    ['more than was owed', [1, 2, 3, 4], true, []],
    ['too little after a clean close', [1, 2], true, []],
    ['what was reported as not sent, and came', [1, 2, 3], false, [[3, false]]],
  ])('%s', (_name, received, isClean, unsent) => {
    expect(faults(received, isClean, unsent)).not.toEqual([]);
  });

  test('a life that never ends, and a message outside of one', () => {
    const ledger = new Ledger();
    ledger.begin('life');
    ledger.received('another', 1);
    ledger.finish();
    expect(ledger.faults).toEqual(['another: got message 1 outside of its life', 'life: never ended']);
  });
});
