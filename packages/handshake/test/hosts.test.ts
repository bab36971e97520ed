import { describe, expect, it } from 'vitest';
import { isHost, isHostAllowed } from '../src/hosts.js';

describe('isHostAllowed', () => {
  it.each([
    ['example.com', ['example.com']],
    ['EXAMPLE.com', ['example.COM']],
    ['example.com.', ['example.com']],
    ['example.com', ['example.com.']],
    ['example.com:8080', ['example.com']],
    ['example.com:8080', ['example.com:8080']],
    ['example.com', ['elsewhere', 'example.com:80']],
    ['example.com', ['example.com:443']],
    ['[::1]:80', ['::1']],
    ['[0:0:0:0:0:0:0:1]', ['[::1]']],
    ['[::1]:80', ['[::1]:80']],
    ['127.0.0.1:1', ['127.0.0.1']],
  ])('lets %s in where the hosts are %j', (host, hosts) => {
    expect(isHostAllowed(host, hosts)).toBe(true);
  });

  it.each([
    ['evil.example', ['example.com']],
    ['example.com.evil', ['example.com']],
    ['www.example.com', ['example.com']],
    ['example.com:8080', ['example.com:80']],
    ['example.com', ['example.com:8080']],
    ['example.com..', ['example.com']],
    ['', ['example.com']],
    ['a b', ['a b']],
    ['example.com@evil', ['example.com']],
    ['[::2]', ['::1']],
  ])('keeps %s out where the hosts are %j', (host, hosts) => {
    expect(isHostAllowed(host, hosts)).toBe(false);
  });

  it('takes a host without a port for 443 over TLS', () => {
    expect(isHostAllowed('example.com', ['example.com:443'], true)).toBe(true);
    expect(isHostAllowed('example.com', ['example.com:80'], true)).toBe(false);
  });
});

describe('isHost', () => {
  it.each(['example.com', 'a', 'example.com.', 'example.com:80', '::1', '[::1]:80', 'xn--caf-dma.example', 'a_b'])(
    'takes %s',
    (text) => {
      expect(isHost(text)).toBe(true);
    },
  );

  it.each([
    '',
    'http://a',
    'a/b',
    'a:0',
    'a:65536',
    'a:x',
    'caf\u00e9.example',
    'a b',
    '*',
    '*.example.com',
    '[a]',
    'a,b',
    '.',
    '[1::2::3]',
  ])('takes no %j', (text) => {
    expect(isHost(text)).toBe(false);
  });
});
