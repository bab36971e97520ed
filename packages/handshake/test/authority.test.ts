import { describe, expect, it } from 'vitest';
import { canonicalHost, isIpv6, splitAuthority } from '../src/authority.js';

describe('splitAuthority', () => {
  it.each([
    ['Example.com', { host: 'example.com', port: undefined }],
    ['example.com:80', { host: 'example.com', port: 80 }],
    ['example.com:', { host: 'example.com', port: undefined }],
    ['[::1]:65535', { host: '[::1]', port: 65_535 }],
  ])('takes %s apart', (text, parts) => {
    expect(splitAuthority(text)).toEqual(parts);
  });

  it.each(['', ':80', '::1', 'a:b', 'a/b', 'a@b', 'a b', '[::1', 'a:123456'])('knows that %j is none', (text) => {
    expect(splitAuthority(text)).toBeUndefined();
  });
});

describe('canonicalHost', () => {
  it.each([
    ['example.com.', 'example.com'],
    ['example.com', 'example.com'],
    ['.', '.'],
    ['127.0.0.1', '127.0.0.1'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['[::1]', '[::1]'],
    ['[::]', '[::]'],
    ['[0:0:0:0:0:0:0:0]', '[::]'],
    ['[2001:db8::0:1:0:0:1]', '[2001:db8::1:0:0:1]'],
    ['[2001:0db8:0:1:1:1:1:1]', '[2001:db8:0:1:1:1:1:1]'],
    ['[fe80::]', '[fe80::]'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['[::ffff:7f00:1]', '[::ffff:7f00:1]'],
    ['[1:2:3:4:5:6:7]', '[1:2:3:4:5:6:7]'],
    ['[1::2::3]', '[1::2::3]'],
    ['[::300.0.0.1]', '[::300.0.0.1]'],
    ['[::12345]', '[::12345]'],
    ['[1:2:3:4:5:6:7::8]', '[1:2:3:4:5:6:7::8]'],
  ])('spells %s as %s', (host, expected) => {
    expect(canonicalHost(host)).toBe(expected);
  });
});

describe('isIpv6', () => {
  it.each([
    ['[::1]', true],
    ['[1:2:3:4:5:6:1.2.3.4]', true],
    ['::1', false],
    ['[a]', false],
    ['[1:2:3:4:5:6:7:1.2.3.4]', false],
    ['example.com', false],
  ])('%s: %s', (host, expected) => {
    expect(isIpv6(host)).toBe(expected);
  });
});
