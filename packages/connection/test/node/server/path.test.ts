import { normalizePath, parseTarget, type RequestTarget } from '@webson/handshake';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATH, type PathOption, pathTest } from '../../../src/node/server/path.js';
import { urlOfTarget } from '../../../src/node/server/upgrade-request.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';
import { propertyTest } from '../../support/property.js';

const targetOf = (target: string): RequestTarget => {
  const parsed = parseTarget(target);
  if (parsed === undefined) throw new Error(`${target} is no target`);
  return parsed;
};

const matches = (path: PathOption, target: string): boolean | undefined => {
  const parsed = targetOf(target);
  return pathTest(path)?.(parsed, () => urlOfTarget(parsed, 'localhost', false));
};

describe('pathTest', () => {
  it('is undefined for every path', () => {
    expect(pathTest(undefined)).toBeUndefined();
  });

  it.each(['g', 'y', 'gy', 'gi'])('a RegExp with the flags %s has no memory, and does not touch its own', (flags) => {
    const path = new RegExp('/chat', flags);
    path.lastIndex = 3;
    const test = pathTest(path);
    for (let i = 0; i < 4; i++) expect(test?.(targetOf('/chat'), () => undefined)).toBe(true);
    expect(path.lastIndex).toBe(3);
  });

  it('a sticky RegExp begins at the beginning', () => {
    expect(matches(/chat/y, '/chat')).toBe(false);
    expect(matches(/\/chat/y, '/chat')).toBe(true);
  });

  it('a RegExp sees the path as in a URL, without the query', () => {
    expect(matches(/^\/caf%C3%A9$/, '/x/../caf%c3%a9?query')).toBe(true);
    expect(matches(/query/, '/chat?query')).toBe(false);
    expect(matches(/^\/chat$/, 'http://localhost/chat')).toBe(true);
  });

  it.each([undefined, null, 1, 'true', {}, Promise.resolve(true)])(
    'a function that returns %s is an error',
    (answer) => {
      expect(() => matches(() => answer as boolean, '/')).toThrow(ConfigError);
    },
  );

  it('a function without a URL to look at says no', () => {
    expect(pathTest(() => true)?.(targetOf('/'), () => undefined)).toBe(false);
  });

  it('accepts what can be a path', () => {
    for (const path of ['/', '/a b', /a/, (): boolean => true]) expect(PATH.accepts(path)).toBe(true);
    for (const path of ['', 'a', '/a?b', '/a#b', 5, null, {}, ['/a']]) expect(PATH.accepts(path)).toBe(false);
  });
});

/** One way of many to write a path: with what may be percent-encoded, and with dot segments that lead nowhere. */
const spelling = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9~_.\-!$&'()*+,;=:@]{1,6}$/), { minLength: 1, maxLength: 4 })
  .filter((segments) => segments.every((segment) => !/^\.{1,2}$/.test(segment)))
  .chain((segments) =>
    fc
      .tuple(
        ...segments.map((segment) =>
          fc.tuple(
            fc.constantFrom('/', '/./', '/%2e/', '/x/../', '/x/%2E./'),
            fc.tuple(...Array.from(segment, (character) => fc.tuple(fc.constant(character), fc.nat(3)))),
          ),
        ),
      )
      .map((parts) => ({
        plain: `/${segments.join('/')}`,
        spelt: parts
          .map(([before, characters]) => {
            const encoded = characters.map(([character, how]) => {
              const hex = character.charCodeAt(0).toString(16);
              return how === 0 ? `%${hex}` : how === 1 ? `%${hex.toUpperCase()}` : character;
            });
            return `${before}${encoded.join('')}`;
          })
          .join(''),
      })),
  );

propertyTest(
  'however a path is spelt, it is the same one for all kinds of option',
  300,
  fc.property(
    spelling,
    fc.constantFrom('', 'http://localhost', 'https://[::1]:81', 'ws://a.example'),
    fc.constantFrom('', '?', '?a=/b'),
    fc.stringMatching(/^\/[a-z]{1,3}$/),
    ({ plain, spelt }, authority, query, other) => {
      const target = `${authority}${spelt}${query}`;
      const normal = normalizePath(plain);
      expect(targetOf(target).path).toBe(normal);
      expect(matches(plain, target)).toBe(true);
      expect(matches(spelt, target)).toBe(true);
      // The parser of URLs has no spelling of its own for any of them.
      expect(urlOfTarget(targetOf(target), 'localhost', false)?.pathname).toBe(normal);
      expect(matches(({ pathname }) => pathname === normal, target)).toBe(true);
      const pattern = `^${normal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
      expect(matches(new RegExp(pattern, 'g'), target)).toBe(true);
      expect(matches(other, target)).toBe(normal === other);
    },
  ),
);
