import { describe, expect, it } from 'vitest';
import { isOrigin, isOriginAllowed, type OriginPolicy } from '../src/origin.js';

describe('isOriginAllowed', () => {
  it.each<OriginPolicy>(['same-host', '*', [], () => false])(
    'lets a request without Origin pass under %j',
    (policy) => {
      expect(isOriginAllowed(undefined, 'example.com', policy)).toBe(true);
    },
  );

  it.each<[string, string, boolean | undefined, boolean]>([
    ['http://example.com', 'example.com', undefined, true],
    ['HTTP://Example.COM', 'eXample.com', undefined, true],
    ['http://example.com:80', 'example.com', undefined, true],
    ['http://example.com', 'example.com:80', undefined, true],
    ['https://example.com', 'example.com:443', undefined, true],
    ['https://example.com:443', 'example.com', true, true],
    ['http://localhost:8000', 'localhost:8000', false, true],
    ['http://[::1]:8000', '[::1]:8000', undefined, true],
    ['http://[::1]', '[::1]', undefined, true],
    // TLS taken off by a proxy: the server sees plain TCP.
    ['https://example.com', 'example.com', false, true],
    ['https://example.com', 'example.com', undefined, true],
    // A page that came without TLS does not get into a connection with TLS.
    ['http://example.com', 'example.com', true, false],
    ['http://example.com', 'example.com:443', undefined, false],
    ['http://example.com:8000', 'example.com', undefined, false],
    ['http://example.com', 'example.com:8000', undefined, false],
    ['http://example.com:8000', 'example.com:8001', undefined, false],
    ['http://evil.com', 'example.com', undefined, false],
    ['http://example.com.evil.com', 'example.com', undefined, false],
    ['http://sub.example.com', 'example.com', undefined, false],
    ['http://example.com@evil.com', 'example.com', undefined, false],
    ['http://evil.com/example.com', 'example.com', undefined, false],
    ['http://evil.com#example.com', 'example.com', undefined, false],
    ['http://evil.com\\example.com', 'example.com', undefined, false],
    ['http://example.com http://evil.com', 'example.com', undefined, false],
    ['null', 'null', undefined, false],
    ['null', 'example.com', undefined, false],
    ['', '', undefined, false],
    ['example.com', 'example.com', undefined, false],
    ['http://', '', undefined, false],
    ['http://example.com', 'evil.com@example.com', undefined, false],
  ])('same-host: %j at %j, secure %s: %s', (origin, host, secure, expected) => {
    expect(isOriginAllowed(origin, host, 'same-host', secure)).toBe(expected);
  });

  it.each<[string, readonly string[], boolean]>([
    ['https://a.com', ['https://a.com'], true],
    ['https://a.com', ['https://b.com', 'HTTPS://A.com:443'], true],
    ['https://a.com:8443', ['https://a.com'], false],
    ['http://a.com', ['https://a.com'], false],
    ['https://a.com.evil.com', ['https://a.com'], false],
    ['null', ['https://a.com'], false],
    ['null', ['null'], true],
    ['app://x', ['app://x'], true],
    ['https://example.com', [], false],
  ])('listed: %j in %j: %s', (origin, policy, expected) => {
    expect(isOriginAllowed(origin, 'example.com', policy)).toBe(expected);
  });

  it('takes all under *, null too', () => {
    expect(isOriginAllowed('null', 'example.com', '*')).toBe(true);
    expect(isOriginAllowed('nonsense', 'example.com', '*')).toBe(true);
  });

  it('asks a function, and takes only true for a yes', () => {
    expect(isOriginAllowed('https://a.com', 'x', (origin) => origin === 'https://a.com')).toBe(true);
    expect(isOriginAllowed('https://b.com', 'x', (origin) => origin === 'https://a.com')).toBe(false);
    // A promise from an async function must not count as a yes.
    const asynchronous = (async () => false) as unknown as (origin: string) => boolean;
    expect(isOriginAllowed('https://b.com', 'x', asynchronous)).toBe(false);
  });
});

describe('isOrigin', () => {
  it.each([
    ['null', true],
    ['https://example.com', true],
    ['HTTP://example.com:8080', true],
    ['chrome-extension://abc', true],
    ['https://example.com/', false],
    ['https://example.com/a', false],
    ['example.com', false],
    ['https://a@example.com', false],
    ['https://example.com:x', false],
    ['*', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isOrigin(text)).toBe(expected);
  });
});
