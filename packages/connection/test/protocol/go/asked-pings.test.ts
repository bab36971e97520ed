import { describe, expect, test } from 'vitest';
import { AskedPings } from '../../../src/protocol/go/asked-pings.js';

const EMPTY = new Uint8Array(0);

/** Asks, and returns the payload. */
function ask(pings: AskedPings, end: number): Uint8Array {
  const payload = pings.next();
  pings.add(end);
  return payload;
}

describe('a pong with a number', () => {
  test('tells of all pings up to that', () => {
    const pings = new AskedPings();
    ask(pings, 10);
    const second = ask(pings, 20);
    const third = ask(pings, 30);
    expect(pings.answered(second)).toBe(20);
    expect(pings.answered(third)).toBe(30);
    expect(pings.answered(third)).toBeUndefined();
  });

  test('late, after one that asked again: of no more than it asked', () => {
    const pings = new AskedPings();
    const first = ask(pings, 10);
    const again = ask(pings, 20);
    expect(pings.answered(first)).toBe(10);
    const next = ask(pings, 100);
    expect(pings.answered(again)).toBe(20);
    expect(pings.answered(next)).toBe(100);
  });

  test('is none when nobody asked, or it is another', () => {
    const pings = new AskedPings();
    const payload = ask(pings, 10);
    expect(pings.answered(Uint8Array.of(1, 2, 3, 4))).toBeUndefined();
    expect(pings.answered(payload.slice(0, 3))).toBeUndefined();
    expect(new AskedPings().answered(payload)).toBeUndefined();
    expect(pings.answered(payload)).toBe(10);
  });

  test('numbers start anew, never with 0', () => {
    const pings = new AskedPings();
    let payload: Uint8Array = EMPTY;
    for (let i = 0; i < 0xffff; i++) payload = pings.next();
    expect([...payload.subarray(2)]).toEqual([0xff, 0xff]);
    expect([...pings.next().subarray(2)]).toEqual([0, 1]);
  });
});

describe('an empty pong', () => {
  test('answers the oldest ping, at least', () => {
    const pings = new AskedPings();
    pings.addForeign(5);
    ask(pings, 10);
    ask(pings, 20);
    expect(pings.answered(EMPTY)).toBeUndefined();
    expect(pings.answered(EMPTY)).toBe(10);
    expect(pings.answered(EMPTY)).toBe(20);
    expect(pings.answered(EMPTY)).toBeUndefined();
  });

  test('after one was lost it takes as many more to know of a new ping', () => {
    const pings = new AskedPings();
    ask(pings, 10);
    ask(pings, 20);
    // This may be the answer to either.
    expect(pings.answered(EMPTY)).toBe(10);
    expect(pings.ambiguous).toBe(1);
    ask(pings, 30);
    ask(pings, 40);
    expect([pings.answered(EMPTY), pings.answered(EMPTY)]).toEqual([20, 30]);
  });

  test("is the application's where pongs have what pings had", () => {
    const pings = new AskedPings();
    expect(pings.answered(ask(pings, 10))).toBe(10);
    pings.addForeign(15);
    ask(pings, 20);
    expect(pings.answered(EMPTY)).toBeUndefined();
    expect(pings.answered(EMPTY)).toBeUndefined();
    expect(pings.ambiguous).toBe(0);
  });
});
