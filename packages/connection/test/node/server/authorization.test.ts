import { describe, expect, it } from 'vitest';
import { isRefusal, type RefuseOptions, refuse } from '../../../src/node/server/authorization.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';

const textOf = (status: number, options?: RefuseOptions): string =>
  Buffer.from(refuse(status, options).answer).toString('latin1');

describe('refuse', () => {
  it('makes a whole answer', () => {
    expect(textOf(403)).toBe(
      [
        'HTTP/1.1 403 Forbidden',
        'Connection: close',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 8',
        'X-Content-Type-Options: nosniff',
        '',
        'Refused\n',
      ].join('\r\n'),
    );
    expect(refuse(403).status).toBe(403);
  });

  it.each<[string, RefuseOptions['headers']]>([
    ['an object', { 'WWW-Authenticate': 'Bearer', 'Set-Cookie': ['a=1', 'b=2'] }],

    [
      'a Map',
      new Map<string, string | string[]>([
        ['WWW-Authenticate', 'Bearer'],
        ['Set-Cookie', ['a=1', 'b=2']],
      ]),
    ],
    [
      'Headers',
      new Headers([
        ['WWW-Authenticate', 'Bearer'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ]),
    ],
    [
      'pairs',
      [
        ['WWW-Authenticate', 'Bearer'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
    ],
    [
      'a name like that of a property of objects',
      [
        ['__proto__', 'a'],
        ['WWW-Authenticate', 'Bearer'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
    ],
  ])('takes header fields from %s', (_name, headers) => {
    const text = textOf(401, headers && { headers });
    expect(text).toMatch(/^www-authenticate: bearer\r$/im);
    expect(text.match(/^set-cookie: .*$/gim)?.map((line) => line.slice(12))).toEqual(['a=1', 'b=2']);
  });

  it('takes a body of text, in UTF-8, or of bytes, with a type of its own', () => {
    expect(textOf(429, { body: 'é' })).toMatch(/\r\nContent-Length: 2\r\n[\s\S]*\r\n\r\n\xc3\xa9$/);
    const headers = { 'content-type': 'application/json' };
    const text = textOf(429, { headers, body: new TextEncoder().encode('{}') });
    expect(text.match(/^content-type:/gim)).toHaveLength(1);
    expect(text).toMatch(/\r\ncontent-type: application\/json\r\n[\s\S]*\r\n\r\n\{\}$/);
    expect(textOf(403, { body: '' })).toMatch(/\r\nContent-Length: 0\r\n[\s\S]*\r\n\r\n$/);
  });

  it.each([101, 200, 299, 304, 600, 400.5, Number.NaN, '403', undefined, null])(
    'throws for the status %s',
    (status) => {
      const refusing = (): unknown => refuse(status as number);
      expect(refusing).toThrow(ConfigError);
      expect(refusing).toThrow(/^status: an integer from 300 to 599/);
    },
  );

  it.each<[string, unknown, RegExp]>([
    ['a value of two lines', { headers: { 'X-A': 'b\r\nSet-Cookie: c' } }, /^headers: .*X-A/],
    ['a value above latin1', { headers: { 'X-A': '\u010a' } }, /^headers: .*X-A/],
    ['a name with a colon', { headers: { 'X:A': 'b' } }, /^headers: .*X:A/],
    ['a number as a value', { headers: { 'Retry-After': 10 } }, /^headers: Retry-After: a string/],
    ['Content-Length', { headers: { 'Content-Length': '5' } }, /^headers: .*Content-Length/],
    ['Transfer-Encoding', { headers: [['transfer-encoding', 'chunked']] }, /^headers: .*transfer-encoding/],
    ['Connection', { headers: new Headers({ connection: 'keep-alive' }) }, /^headers: .*connection/],
    ['headers of text', { headers: 'X-A: b' }, /^headers: /],
    ['pairs of other things', { headers: [5] }, /^headers: /],
    ['null for headers', { headers: null }, /^headers: /],
    ['an object for a body', { body: {} }, /^body: /],
    ['an option that is none', { header: {} }, /^header: /],
    ['options that are none', 'no', /^options: /],
  ])('throws for %s', (_name, options, message) => {
    const refusing = (): unknown => refuse(403, options as RefuseOptions);
    expect(refusing).toThrow(ConfigError);
    expect(refusing).toThrow(message);
  });

  it('is known, also when another copy of this module has made it', () => {
    expect(isRefusal(refuse(403))).toBe(true);
    expect(isRefusal({ [Symbol.for('webson.refusal')]: true, status: 403 })).toBe(true);
    const proxy = Proxy.revocable({}, {});
    proxy.revoke();
    for (const none of [undefined, null, 403, {}, { status: 403 }, proxy.proxy]) expect(isRefusal(none)).toBe(false);
  });
});
