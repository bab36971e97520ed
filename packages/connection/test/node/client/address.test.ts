import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/node/client/address.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';

describe('parseAddress', () => {
  it.each([
    ['ws://example.com/chat?a=b', 'ws://example.com/chat?a=***', 'example.com', 80, 'example.com', '/chat?a=b'],
    ['WS://EXAMPLE.com', 'ws://example.com/', 'example.com', 80, 'example.com', '/'],
    ['ws://example.com:80/', 'ws://example.com/', 'example.com', 80, 'example.com', '/'],
    ['ws://example.com:8000', 'ws://example.com:8000/', 'example.com', 8000, 'example.com:8000', '/'],
    ['http://example.com/x', 'ws://example.com/x', 'example.com', 80, 'example.com', '/x'],
    ['127.0.0.1:8000/echo', 'ws://127.0.0.1:8000/echo', '127.0.0.1', 8000, '127.0.0.1:8000', '/echo'],
    ['localhost:8000', 'ws://localhost:8000/', 'localhost', 8000, 'localhost:8000', '/'],
    ['localhost', 'ws://localhost/', 'localhost', 80, 'localhost', '/'],
    ['[::1]:8000/x', 'ws://[::1]:8000/x', '::1', 8000, '[::1]:8000', '/x'],
    ['ws://[::1]/', 'ws://[::1]/', '::1', 80, '[::1]', '/'],
    ['ws://example.com/ü?q=ü', 'ws://example.com/%C3%BC?q=***', 'example.com', 80, 'example.com', '/%C3%BC?q=%C3%BC'],
  ])('%s', (given, url, hostname, port, host, path) => {
    const expected = {
      url,
      hostname,
      port,
      host,
      path,
      isSecure: false,
      socketPath: undefined,
      user: '',
      password: '',
    };
    expect(parseAddress(given)).toEqual(expected);
  });

  it.each([
    ['wss://example.com', 443, 'example.com'],
    ['https://example.com', 443, 'example.com'],
    ['wss://example.com:443', 443, 'example.com'],
    ['wss://example.com:80', 80, 'example.com:80'],
  ])('%s is secure', (given, port, host) => {
    expect(parseAddress(given)).toMatchObject({ isSecure: true, port, host, url: `wss://${host}/` });
  });

  it.each([
    ['example.com', 443, 'wss://example.com/'],
    ['ws://example.com', 443, 'wss://example.com/'],
    ['http://example.com:80', 80, 'wss://example.com:80/'],
    ['wss://example.com', 443, 'wss://example.com/'],
  ])('%s with useTLS', (given, port, url) => {
    expect(parseAddress(given, true)).toMatchObject({ isSecure: true, port, url });
  });

  it.each(['ws+unix:/tmp/a b.sock:/chat?x', 'WS+UNIX:/tmp/a b.sock:/chat?x', new URL('ws+unix:/tmp/a b.sock:/chat?x')])(
    '%s',
    (given) => {
      const address = parseAddress(given);
      expect(address).toMatchObject({ socketPath: '/tmp/a b.sock', path: '/chat?x', host: 'localhost' });
      expect(address).toMatchObject({ url: 'ws+unix:/tmp/a b.sock:/chat?***', isSecure: false });
    },
  );

  it('takes the path / of a unix socket by default, and TLS where it is wanted', () => {
    expect(parseAddress('ws+unix:a%20.sock')).toMatchObject({ socketPath: 'a%20.sock', path: '/', isSecure: false });
    expect(parseAddress('wss+unix:a.sock')).toMatchObject({ isSecure: true, url: 'wss+unix:a.sock' });
    expect(parseAddress('ws+unix:a.sock', true)).toMatchObject({ isSecure: true, url: 'wss+unix:a.sock' });
    expect(parseAddress('ws+unix:a.sock:/ü')).toMatchObject({ path: '/%C3%BC' });
  });

  it('decodes user and password, and keeps them out of the URL', () => {
    const address = parseAddress('ws://us%20er:p%40ss%3A@example.com/x');
    expect(address).toMatchObject({ user: 'us er', password: 'p@ss:', url: 'ws://example.com/x' });
    expect(parseAddress('me:pw@example.com:8000')).toMatchObject({ user: 'me', password: 'pw', port: 8000 });
  });

  it('takes a URL object, and leaves it as it is', () => {
    const url = new URL('http://me:pw@example.com/x');
    expect(parseAddress(url, true).url).toBe('wss://example.com/x');
    expect(url.href).toBe('http://me:pw@example.com/x');
  });

  it.each([
    '',
    ' ',
    '/path',
    '//host/path',
    'ws:',
    'ws:/path',
    'wss:host',
    'ws//host/path',
    'https//host',
    'ws://',
    'ws://host:99999',
    'ws://ho st/',
    'ftp://host/',
    'mailto:someone',
    'ws://host/#fragment',
    'host#fragment',
    'ws://%zz@host/',
    'ws://user:%zz@host/',
    'ws+unix:',
    'ws+unix::/path',
    'ws+unix:/a.sock:path',
    'ws+unix:/a.sock:/path#fragment',
    'ws+unix:/a.sock/path?a=b',
  ])('refuses %j', (given) => {
    expect(() => parseAddress(given)).toThrow(ConfigError);
    expect(() => parseAddress(given, true)).toThrow(ConfigError);
  });

  it('shows no password in an error', () => {
    const show = (given: string): string => {
      try {
        parseAddress(given);
      } catch (error) {
        return JSON.stringify(error, Object.getOwnPropertyNames(error));
      }
      throw new Error('it did not throw');
    };
    for (const given of ['ws://me:s3cret@ho st/', 'me:s3cret@', 'ftp://me:s3cret@host/', 'ws://me:s3cret%zz@host/']) {
      expect(show(given)).not.toContain('s3cret');
    }
  });
});
