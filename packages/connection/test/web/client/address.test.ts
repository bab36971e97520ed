import { afterEach, expect, test, vi } from 'vitest';
import { ConfigError } from '../../../src/protocol/contract/errors.js';
import { webSocketUrl } from '../../../src/web/client/address.js';

test.each([
  ['wss://host/path?q=1', undefined, 'wss://host/path?q=1'],
  ['ws://host', undefined, 'ws://host/'],
  ['https://host:8443/a', undefined, 'wss://host:8443/a'],
  ['http://host/a', undefined, 'ws://host/a'],
  ['127.0.0.1:8000/echo', undefined, 'ws://127.0.0.1:8000/echo'],
  ['host/echo', 'https://page/x', 'ws://host/echo'],
  ['/echo', 'https://page:1234/a/b', 'wss://page:1234/echo'],
  ['//other/echo', 'http://page/', 'ws://other/echo'],
  [new URL('http://host/a'), undefined, 'ws://host/a'],
])('%s on a page at %s is %s', (given, base, url) => {
  expect(webSocketUrl(given, base)).toBe(url);
});

test.each([
  ['ftp://host/', undefined, /a WebSocket URL/],
  ['/echo', undefined, /a WebSocket URL/],
  ['ws://host/#part', undefined, /no fragment expected, got one/],
  ['ws://me:secret@host/', undefined, /no user and no password expected/],
  ['ws://', undefined, /a WebSocket URL/],
  ['ws:///me:secret@host/', undefined, /no user and no password expected/],
  ['httpx://host/', undefined, /a WebSocket URL/],
  ['me:secret@:::', undefined, /got "me:\*\*\*@:::"/],
  ['/echo', 'file:///page.html', /a WebSocket URL/],
])('%s on a page at %s is refused', (given, base, message) => {
  expect(() => webSocketUrl(given, base)).toThrow(ConfigError);
  expect(() => webSocketUrl(given, base)).toThrow(message);
});

test.each([undefined, null, 5, {}])('%s is no URL', (given) => {
  expect(() => webSocketUrl(given as unknown as string, 'http://page/')).toThrow(
    /^url: a string or a URL expected, got /,
  );
});

afterEach(() => vi.unstubAllGlobals());

/** As in React Native: it can be read only, throws for nothing, has no `canParse`, and finds no user but in http: and https:. */
class ReadOnlyUrl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get href(): string {
    return this.#url;
  }

  get hash(): string {
    return /#[^/]*/.exec(this.#url)?.[0] ?? '';
  }

  get username(): string {
    return '';
  }
}

test('the URL of React Native is enough', () => {
  vi.stubGlobal('URL', ReadOnlyUrl);
  expect(webSocketUrl('https://host/a?b=c', undefined)).toBe('wss://host/a?b=c');
  expect(webSocketUrl('127.0.0.1:8000/echo', undefined)).toBe('ws://127.0.0.1:8000/echo');
  expect(() => webSocketUrl('ws://me:secret@host/', undefined)).toThrow(/no user and no password expected/);
  expect(() => webSocketUrl('ws://host/#part', undefined)).toThrow(/no fragment expected/);
  expect(() => webSocketUrl('/echo', undefined)).toThrow(/a WebSocket URL/);
  expect(() => webSocketUrl('ws://', undefined)).toThrow(/a WebSocket URL/);
});
