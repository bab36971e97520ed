import { describe, expect, it } from 'vitest';
import { formatProtocols, parseProtocols, selectProtocol } from '../src/protocols.js';

describe('parseProtocols', () => {
  it.each([
    ['chat', ['chat']],
    ['b, a', ['b', 'a']],
    ['a,A', ['a', 'A']],
    ['__proto__, constructor', ['__proto__', 'constructor']],
    ['', undefined],
    ['a,,b', undefined],
    ['a,', undefined],
    ['a b', undefined],
    ['a, a', undefined],
    ['a/b', undefined],
  ])('%j gives %j', (header, expected) => {
    expect(parseProtocols(header)).toEqual(expected);
  });
});

describe('selectProtocol', () => {
  it.each([
    [['a', 'b'], ['b', 'a'], 'b'],
    [['a', 'b'], ['c', 'a'], 'a'],
    [['a'], ['A'], ''],
    [['a'], [], ''],
    [[], ['a'], ''],
    [['x'], ['constructor', '__proto__'], ''],
  ])('of %j, %j are supported: %j', (offered, supported, expected) => {
    expect(selectProtocol(offered, supported)).toBe(expected);
  });
});

describe('formatProtocols', () => {
  it('joins tokens', () => {
    expect(formatProtocols(['a', 'b'])).toBe('a, b');
  });

  it.each([[['']], [['a b']], [['a,b']], [['a\r\nX: y']], [['a', 'a']]])('refuses %j', (protocols) => {
    expect(() => formatProtocols(protocols)).toThrow(
      expect.objectContaining({ name: 'HeaderError', code: 'INVALID_PROTOCOL' }),
    );
  });
});
