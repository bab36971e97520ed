import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizePath, parseTarget } from '../src/target.js';

describe('parseTarget', () => {
  it.each([
    ['/', { authority: undefined, path: '/', query: '' }],
    ['/chat?room=1?2', { authority: undefined, path: '/chat', query: '?room=1?2' }],
    ['//elsewhere/chat', { authority: undefined, path: '//elsewhere/chat', query: '' }],
    ['http://example.com', { authority: 'example.com', path: '/', query: '' }],
    ['http://example.com?a', { authority: 'example.com', path: '/', query: '?a' }],
    ['WS://Example.com:8080/chat', { authority: 'Example.com:8080', path: '/chat', query: '' }],
    ['https://[::1]:1/a/../b', { authority: '[::1]:1', path: '/b', query: '' }],
    ['wss://example.com/%63hat?%63', { authority: 'example.com', path: '/chat', query: '?%63' }],
  ])('takes %s apart', (target, parts) => {
    expect(parseTarget(target)).toEqual(parts);
  });

  it.each([
    '',
    '*',
    'chat',
    '?a',
    '#x',
    '/#x',
    '/chat#',
    '/a b',
    '/caf\u00e9',
    'example.com:80',
    'ftp://example.com/',
    'http://',
    'http:///chat',
    'http:/chat',
    'http://user@example.com/',
    'http://example.com:x/',
    'http://[::1/',
  ])('knows that %s is none', (target) => {
    expect(parseTarget(target)).toBeUndefined();
  });
});

describe('normalizePath', () => {
  it.each([
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/\u00e9%41', '/%C3%A9A'],
    ['/a b', '/a%20b'],
    ['/a%20b', '/a%20b'],
    ['/\u{1F600}', '/%F0%9F%98%80'],
    ['/%63%68at', '/chat'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%3Ab:', '/a:b:'],
    ['/100%', '/100%25'],
    ['/100%25', '/100%25'],
    ['/%zz', '/%25zz'],
    ['/a%3fb%23', '/a%3Fb%23'],
    ['/a"<>\\^`{|}', '/a%22%3C%3E%5C%5E%60%7B%7C%7D'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/%2E%2e/b', '/b'],
    ['/../../b', '/b'],
    ['/a/..', '/'],
    ['/a/.', '/a/'],
    ['/.a/..b/c.', '/.a/..b/c.'],
    ['//a//', '//a//'],
  ])('spells %s as %s', (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  it('spells what is spelt so in the same way, and in characters of a path alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normalizePath(`/${text}`);
        expect(once).toMatch(/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/);
        expect(normalizePath(once)).toBe(once);
        expect(normalizePath(`/${encodeURI(text)}`)).toBe(normalizePath(`/${text.replaceAll('%', '%25')}`));
      }),
    );
  });
});
