import { describe, expect, it } from 'vitest';
import { HandshakeFailure } from '../src/errors.js';
import type { Extension } from '../src/extensions.js';
import {
  acceptExtensions,
  answerExtensions,
  type ExtensionSupport,
  offerExtensions,
  settingsOf,
} from '../src/negotiated.js';

const bare = (name: string): Extension => ({ name, params: [] });
const level = (name: string, value: string): Extension => ({ name, params: [{ name: 'level', value }] });
/** An extension that takes the first offer with a level and whose settings are that level. */
const support = (name: string, rsv: number): ExtensionSupport<number> => ({
  name,
  rsv,
  offer: () => [level(name, '9'), level(name, '1')],
  answer: (offers) => {
    const [param] = offers.flatMap(({ params }) => params);
    if (param === undefined) return undefined;
    if (!/^\d$/.test(String(param.value))) throw new HandshakeFailure('BAD_EXTENSIONS', 'level', { status: 400 });
    return { extension: level(name, String(param.value)), settings: Number(param.value) };
  },
  accept: ({ params }) => {
    if (params.length !== 1) throw new HandshakeFailure('BAD_EXTENSIONS', 'level');
    return Number(params[0]?.value);
  },
});
const deflate = support('deflate', 4);
const streams = support('streams', 2);
const bzip = support('bzip', 4);
const failure = (code: string) => expect.objectContaining({ name: 'HandshakeFailure', code });

describe('offerExtensions', () => {
  it('lists every offer in order', () => {
    expect(offerExtensions([deflate, streams]).map(({ name }) => name)).toEqual([
      'deflate',
      'deflate',
      'streams',
      'streams',
    ]);
    expect(offerExtensions([])).toEqual([]);
  });

  it('offers alternatives for one RSV bit', () => {
    expect(offerExtensions([deflate, bzip])).toHaveLength(4);
  });

  it.each([
    ['one name twice', [deflate, support('deflate', 1)]],
    ['RSV 8', [support('x', 8)]],
    ['RSV -1', [support('x', -1)]],
    ['RSV 0.5', [support('x', 0.5)]],
  ])('refuses %s, as do the others', (_, supports) => {
    const wrong = expect.objectContaining({ name: 'HeaderError', code: 'INVALID_EXTENSION' });
    expect(() => offerExtensions(supports)).toThrow(wrong);
    expect(() => answerExtensions(supports, [])).toThrow(wrong);
    expect(() => acceptExtensions(supports, [])).toThrow(wrong);
  });
});

describe('answerExtensions', () => {
  it("takes up what it knows, in the server's order", () => {
    const agreements = answerExtensions(
      [deflate, streams],
      [level('streams', '7'), bare('unknown'), bare('deflate'), level('deflate', '3')],
    );
    expect(agreements.map(({ extension }) => extension)).toEqual([level('deflate', '3'), level('streams', '7')]);
    expect(settingsOf(agreements, deflate)).toBe(3);
    expect(settingsOf(agreements, streams)).toBe(7);
  });

  it('declines by silence', () => {
    const agreements = answerExtensions([deflate, streams], [bare('deflate'), bare('unknown')]);
    expect(agreements).toEqual([]);
    expect(settingsOf(agreements, deflate)).toBeUndefined();
  });

  it('does not take up a second extension with the same RSV bit', () => {
    const offers = [level('bzip', '1'), level('deflate', '2'), level('streams', '3')];
    const names = (supports: ExtensionSupport[]) =>
      answerExtensions(supports, offers).map(({ support: { name } }) => name);
    expect(names([deflate, bzip, streams])).toEqual(['deflate', 'streams']);
    expect(names([bzip, deflate])).toEqual(['bzip']);
    expect(names([support('streams', 6), deflate])).toEqual(['streams']);
  });

  it('takes up the second when the first declined', () => {
    const agreements = answerExtensions([deflate, bzip], [bare('deflate'), level('bzip', '1')]);
    expect(agreements.map(({ support: { name } }) => name)).toEqual(['bzip']);
  });

  it('passes on the failure of a negotiator', () => {
    expect(() => answerExtensions([deflate], [level('deflate', 'x')])).toThrow(failure('BAD_EXTENSIONS'));
  });
});

describe('acceptExtensions', () => {
  it('takes the order of the answer', () => {
    const agreements = acceptExtensions([deflate, streams], [level('streams', '5'), level('deflate', '6')]);
    expect(agreements.map(({ support: { name } }) => name)).toEqual(['streams', 'deflate']);
    expect(settingsOf(agreements, deflate)).toBe(6);
    expect(settingsOf(agreements, bzip)).toBeUndefined();
  });

  it.each<[string, Extension[], string]>([
    ['an extension that is not supported', [level('x', '1')], 'UNSOLICITED_EXTENSION'],
    ['a name from Object.prototype', [level('constructor', '1')], 'UNSOLICITED_EXTENSION'],
    ['a name in another case', [level('Deflate', '1')], 'UNSOLICITED_EXTENSION'],
    ['one extension twice', [level('deflate', '1'), level('deflate', '1')], 'EXTENSION_CONFLICT'],
    ['one extension without RSV bit twice', [level('plain', '1'), level('plain', '1')], 'EXTENSION_CONFLICT'],
    ['two that claim one RSV bit', [level('deflate', '1'), level('bzip', '1')], 'EXTENSION_CONFLICT'],
    ['what the negotiator refuses', [bare('deflate')], 'BAD_EXTENSIONS'],
  ])('refuses %s', (_, answers, code) => {
    expect(() => acceptExtensions([deflate, streams, bzip, support('plain', 0)], answers)).toThrow(failure(code));
  });
});
