import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasToken, isSpaceCode, isToken, isTokenCode, parseTokenList, trimSpace } from '../src/tokens.js';

describe('isTokenCode', () => {
  it('agrees with RFC 9110 §5.6.2 on every UTF-16 code', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const expected = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/.test(String.fromCharCode(code));
      if (isTokenCode(code) !== expected) expect.fail(`code ${code}`);
    }
    expect(isTokenCode(Number.NaN)).toBe(false);
  });
});

describe('isSpaceCode', () => {
  it('knows the space and the tab only', () => {
    const spaces = Array.from({ length: 0x10000 }, (_, code) => code).filter(isSpaceCode);
    expect(spaces).toEqual([9, 32]);
  });
});

describe('isToken', () => {
  it.each([
    ['chat', true],
    ['v1.chat+json', true],
    ['', false],
    ['a b', false],
    ['a,b', false],
    ['"a"', false],
    ['a/b', false],
    ['é', false],
    ['a\r\n', false],
  ])('%j: %s', (text, expected) => {
    expect(isToken(text)).toBe(expected);
  });
});

describe('trimSpace', () => {
  it('trims spaces and tabs, and nothing else', () => {
    expect(trimSpace(' \t a\tb \t')).toBe('a\tb');
    expect(trimSpace(' \t ')).toBe('');
    expect(trimSpace('\u00a0a\n')).toBe('\u00a0a\n');
  });

  it('equals the pattern that would be slow', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', '\t', 'a', '\u00a0', '\n') }), (text) => {
        expect(trimSpace(text)).toBe(text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, ''));
      }),
    );
  });
});

describe('parseTokenList', () => {
  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a ,\tb\t', ['a', 'b']],
    ['a, a', ['a', 'a']],
    ['', undefined],
    [',', undefined],
    ['a,', undefined],
    ['a,,b', undefined],
    ['a b', undefined],
    ['a, "b"', undefined],
  ])('%j gives %j', (list, expected) => {
    expect(parseTokenList(list)).toEqual(expected);
  });
});

describe('hasToken', () => {
  it.each([
    ['Upgrade', true],
    ['keep-alive, Upgrade', true],
    ['keep-alive,UPGRADE,x', true],
    ['\tupgrade ', true],
    ['@@, upgrade', true],
    ['', false],
    ['keep-alive', false],
    ['upgraded', false],
    ['not upgrade', false],
    ['upgrade/1', false],
  ])('upgrade in %j: %s', (list, expected) => {
    expect(hasToken(list, 'upgrade')).toBe(expected);
  });
});
