import { describe, expect, test } from 'vitest';
import type { Arrival, End, Fate } from '../../src/endpoints/end.js';
import { contentOf, type ScriptItem } from '../../src/endpoints/script.js';
import { judgeEnding, judgeWay, type Way } from '../../src/endpoints/verdict.js';

const item = (type: number, length: number, seed: number): ScriptItem => ({
  type,
  length,
  seed,
  how: 'dispatch',
  pieces: [1],
  after: 'go on',
});
const SCRIPT = [item(2, 20, 1), item(1, 300, 2), item(11, 5, 3), item(2, 8, 4)];
const ALL: Fate[] = ['sent', 'sent', 'sent', 'sent'];

function arrival(index: number, length?: number): Arrival {
  const { type, payload } = contentOf(SCRIPT[index] as ScriptItem);
  const isWhole = length === undefined;
  return { type, payload: payload.subarray(0, length), how: isWhole ? 'read' : 'leave', isWhole };
}

function judge(arrivals: Arrival[], way: Partial<Way> = {}, fates = ALL, unsent = 0): string | undefined {
  const info = { code: 1000, reason: '', wasClean: true, unsent: { messages: unsent, bytes: 0, mayBeSent: 0 } };
  const from = { fates, info } as unknown as End;
  return judgeWay({ from, to: from, script: SCRIPT, arrivals, isStreamed: false, mayBeCut: false, ...way });
}

describe('what is as it should be', () => {
  test('all, in order; control frames where they like', () => {
    expect(judge([arrival(2), arrival(0), arrival(1), arrival(3)])).toBeUndefined();
  });

  test('in any order on streams', () => {
    expect(judge([arrival(3), arrival(1), arrival(0), arrival(2)], { isStreamed: true })).toBeUndefined();
  });

  test('the beginning of what was left, and of what its sender gave up for that', () => {
    const fates: Fate[] = ['sent', 'cancelled', 'sent', 'sent'];
    expect(judge([arrival(0), arrival(1, 7), arrival(2), arrival(3, 8)], {}, fates)).toBeUndefined();
  });

  test('without what was refused', () => {
    expect(judge([arrival(0), arrival(2), arrival(3)], {}, ['sent', 'refused', 'sent', 'sent'])).toBeUndefined();
  });

  test('cut off by a Close, what is missing being told', () => {
    expect(judge([arrival(0), arrival(2)], { mayBeCut: true }, ALL, 2)).toBeUndefined();
  });

  test('without what was given up when the other side closed, or with its beginning', () => {
    const fates: Fate[] = ['sent', 'closed', 'sent', 'sent'];
    const beginning = { ...arrival(1, 9), how: 'stream' } as const;
    expect(judge([arrival(0), arrival(2), arrival(3)], { mayBeCut: true }, fates)).toBeUndefined();
    expect(judge([arrival(0), beginning, arrival(2), arrival(3)], { mayBeCut: true }, fates)).toBeUndefined();
  });
});

describe('what is wrong', () => {
  test.each<[string, Arrival[], Partial<Way>, Fate[], number]>([
    ['out of order', [arrival(1), arrival(0), arrival(2), arrival(3)], {}, ALL, 0],
    ['one is missing', [arrival(0), arrival(1), arrival(2)], {}, ALL, 0],
    ['one is missing on streams', [arrival(0), arrival(1), arrival(2)], { isStreamed: true }, ALL, 0],
    ['one too many', [0, 1, 2, 3, 3].map((i) => arrival(i)), {}, ALL, 0],
    ['twice on streams', [0, 1, 1, 2, 3].map((i) => arrival(i)), { isStreamed: true }, ALL, 0],
    ['a control frame is missing', [arrival(0), arrival(1), arrival(3)], {}, ALL, 0],
    ['what was refused came', [0, 1, 2, 3].map((i) => arrival(i)), {}, ['sent', 'refused', 'sent', 'sent'], 0],
    ['cut off without being told', [arrival(0), arrival(2)], { mayBeCut: true }, ALL, 1],
    [
      'half of one that nobody left',
      [arrival(0), { ...arrival(1, 9), how: 'read' }, arrival(2), arrival(3)],
      {},
      ALL,
      0,
    ],
    [
      'out of order behind what was given up',
      [3, 0].map((i) => arrival(i)),
      { mayBeCut: true },
      ['sent', 'closed', 'sent', 'sent'],
      2,
    ],
    ['whole, though given up', [0, 1, 2, 3].map((i) => arrival(i)), {}, ['sent', 'cancelled', 'sent', 'sent'], 0],
  ])('%s', (_name, arrivals, way, fates, unsent) => {
    expect(judge(arrivals, way, fates, unsent)).toEqual(expect.any(String));
  });
});

test('an ending is clean, and has the code and the reason it was given', () => {
  const ending = { by: 'client', isEarly: false, code: 3000, reason: 'done' } as const;
  const clean = { code: 3000, reason: 'done', wasClean: true };
  const judged = (info: object | undefined, isGo = false): string | undefined =>
    judgeEnding({ info } as unknown as End, ending, isGo);
  expect(judged(clean)).toBeUndefined();
  expect(judged({ ...clean, reason: '' }, true)).toBeUndefined();
  for (const wrong of [{ code: 1006 }, { reason: '' }, { wasClean: false }, { error: new Error('?') }]) {
    expect(judged({ ...clean, ...wrong })).toEqual(expect.any(String));
  }
  expect(judged(undefined)).toBe('has no CloseInfo');
});
