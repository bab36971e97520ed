import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RequestHead, RequestHeadParser } from '../src/head.js';
import { HeaderMap } from '../src/headers.js';
import { buildRequest, checkRequest, isHttp11, type RequestOptions } from '../src/request.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const parse = (text: string): RequestHead => {
  const head = new RequestHeadParser().push(Buffer.from(text, 'latin1'));
  if (head === undefined) throw new Error('incomplete');
  return head;
};
const build = (options: Partial<RequestOptions> = {}): string =>
  buildRequest({ host: 'example.com', path: '/', key: KEY, ...options });
const FIELDS: Record<string, string | string[] | undefined> = {
  Host: 'example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': KEY,
  'Sec-WebSocket-Version': '13',
};
const head = (fields: Record<string, string | string[] | undefined>, more: Partial<RequestHead> = {}): RequestHead => ({
  method: 'GET',
  target: '/',
  version: '1.1',
  headers: HeaderMap.fromRecord({ ...FIELDS, ...fields }),
  ...more,
});

describe('buildRequest', () => {
  it('writes exactly the request of RFC 6455 §4.1', () => {
    expect(
      buildRequest({
        host: 'example.com:8000',
        path: '/chat?a=b',
        key: KEY,
        protocols: ['chat', 'superchat'],
        extensions: [{ name: 'permessage-deflate', params: [{ name: 'client_max_window_bits', value: true }] }],
        authorization: 'Basic QTpC',
        origin: 'http://example.com',
        extraHeaders: { 'Webson-Max-Streams': '4', Cookie: ['a=1', 'b=2'] },
      }),
    ).toBe(
      [
        'GET /chat?a=b HTTP/1.1',
        'Host: example.com:8000',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${KEY}`,
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: chat, superchat',
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
        'Origin: http://example.com',
        'Authorization: Basic QTpC',
        'Webson-Max-Streams: 4',
        'Cookie: a=1',
        'Cookie: b=2',
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('leaves out what is empty', () => {
    expect(build({ protocols: [], extensions: [] })).not.toMatch(/Protocol|Extensions|Origin|Authorization/);
  });

  it('lets extra headers replace Host, Origin and Authorization', () => {
    const text = build({
      origin: 'http://a',
      authorization: 'Basic QTpC',
      extraHeaders: { host: 'other:1', ORIGIN: 'http://b', authorization: 'Bearer x' },
    });
    const { headers } = parse(text);
    expect(headers.getAll('host')).toEqual(['other:1']);
    expect(headers.getAll('origin')).toEqual(['http://b']);
    expect(headers.getAll('authorization')).toEqual(['Bearer x']);
    expect(headers.size).toBe(7);
  });

  it.each<[string, Partial<RequestOptions>, string]>([
    ['a path without slash', { path: 'chat' }, 'INVALID_PATH'],
    ['an empty path', { path: '' }, 'INVALID_PATH'],
    ['a path with a space', { path: '/a b' }, 'INVALID_PATH'],
    ['a path with a line end', { path: '/ HTTP/1.1\r\nX: y' }, 'INVALID_PATH'],
    ['a path with a fragment', { path: '/a#b' }, 'INVALID_PATH'],
    ['a path above ASCII', { path: '/é' }, 'INVALID_PATH'],
    ['an empty host', { host: '' }, 'INVALID_HOST'],
    ['a host with a line end', { host: 'a\r\nX: y' }, 'INVALID_HOST'],
    ['a host with userinfo', { host: 'a@b' }, 'INVALID_HOST'],
    ['a host with a path', { host: 'a/b' }, 'INVALID_HOST'],
    ['an address without brackets', { host: '::1' }, 'INVALID_HOST'],
    ['a short key', { key: 'abc' }, 'INVALID_KEY'],
    ['a key with a line end', { key: `${KEY}\r\n` }, 'INVALID_KEY'],
    ['a sub-protocol with a comma', { protocols: ['a,b'] }, 'INVALID_PROTOCOL'],
    ['a sub-protocol twice', { protocols: ['a', 'a'] }, 'INVALID_PROTOCOL'],
    ['an extension with a line end', { extensions: [{ name: 'a\r\n', params: [] }] }, 'INVALID_EXTENSION'],
    ['an origin with a line end', { origin: 'a\r\nX: y' }, 'INVALID_HEADER_VALUE'],
    ['an authorization with a line end', { authorization: 'a\nX: y' }, 'INVALID_HEADER_VALUE'],
    ['a header value with CR', { extraHeaders: { A: 'b\rc' } }, 'INVALID_HEADER_VALUE'],
    ['a header value with LF', { extraHeaders: { A: 'b\nc' } }, 'INVALID_HEADER_VALUE'],
    ['a header value with NUL', { extraHeaders: { A: 'b\0' } }, 'INVALID_HEADER_VALUE'],
    ['a header name with a colon', { extraHeaders: { 'A: b\r\nC': 'd' } }, 'INVALID_HEADER_NAME'],
    ['its own Upgrade', { extraHeaders: { upgrade: 'h2c' } }, 'RESERVED_HEADER'],
    ['its own Connection', { extraHeaders: { CONNECTION: 'close' } }, 'RESERVED_HEADER'],
    ['its own key', { extraHeaders: { 'sec-websocket-KEY': KEY } }, 'RESERVED_HEADER'],
    ['its own extensions', { extraHeaders: { 'Sec-WebSocket-Extensions': 'x' } }, 'RESERVED_HEADER'],
    ['a body', { extraHeaders: { 'Content-Length': '5' } }, 'RESERVED_HEADER'],
    ['two hosts', { extraHeaders: { Host: 'a', host: 'b' } }, 'DUPLICATE_HEADER'],
  ])('refuses %s', (_, options, code) => {
    expect(() => build(options)).toThrow(expect.objectContaining({ name: 'HeaderError', code }));
  });

  it.each([['localhost'], ['127.0.0.1:1'], ['[::1]:65535'], ['xn--bcher-kva.example'], ['a_b.c']])(
    'takes the host %s',
    (host) => {
      expect(parse(build({ host })).headers.get('host')).toBe(host);
    },
  );

  it('writes nothing that a server would read as other headers, whatever the extra ones', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r', '\n', '\0', '\xe9', '\u010a', '\u010d') });
    fc.assert(
      fc.property(fc.constantFrom('A', 'B:', 'C\r\nD', 'host'), text, (name, value) => {
        let built: string;
        try {
          built = build({ extraHeaders: { [name]: value } });
        } catch (error) {
          expect(error).toMatchObject({ name: 'HeaderError' });
          return;
        }
        const { headers } = parse(built);
        expect(headers.size).toBe(name === 'host' ? 5 : 6);
        expect(headers.get(name)).toBe(value.trim());
      }),
    );
  });
});

describe('checkRequest', () => {
  it('takes what buildRequest makes', () => {
    const extensions = [{ name: 'webson-streams', params: [{ name: 'max-streams', value: '1024' }] }];
    const text = build({ protocols: ['a', 'b'], extensions, origin: 'http://example.com' });
    expect(checkRequest(parse(text))).toEqual({
      ok: true,
      key: KEY,
      host: 'example.com',
      path: '/',
      origin: 'http://example.com',
      protocols: ['a', 'b'],
      extensions,
    });
  });

  it('has empty lists and no origin where nothing is offered', () => {
    expect(checkRequest(head({}))).toEqual({
      ok: true,
      key: KEY,
      host: 'example.com',
      path: '/',
      origin: undefined,
      protocols: [],
      extensions: [],
    });
  });

  it.each<[string, Record<string, string | string[] | undefined>]>([
    ['Upgrade in any case', { Upgrade: 'WebSocket' }],
    ['Upgrade as a list', { Upgrade: 'h2c, websocket' }],
    ['Upgrade repeated', { Upgrade: ['h2c', 'websocket'] }],
    ['the Connection of Firefox', { Connection: 'keep-alive, Upgrade' }],
    ['Connection repeated', { Connection: ['keep-alive', 'upgrade'] }],
    ['Connection in any case', { Connection: 'UPGRADE' }],
    ['an empty body', { 'Content-Length': '0' }],
    ['the origin null', { Origin: 'null' }],
  ])('takes %s', (_, fields) => {
    expect(checkRequest(head(fields))).toMatchObject({ ok: true, key: KEY });
  });

  it('joins repeated offers', () => {
    const offer = checkRequest(
      head({ 'Sec-WebSocket-Protocol': ['a', 'b, c'], 'Sec-WebSocket-Extensions': ['x; y=1', 'x'] }),
    );
    expect(offer).toMatchObject({
      ok: true,
      protocols: ['a', 'b', 'c'],
      extensions: [
        { name: 'x', params: [{ name: 'y', value: '1' }] },
        { name: 'x', params: [] },
      ],
    });
  });

  const upgrade = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
  it.each<[string, Record<string, string | string[] | undefined>, number, Record<string, string>]>([
    ['no Upgrade', { Upgrade: undefined }, 426, upgrade],
    ['another Upgrade', { Upgrade: 'h2c' }, 426, upgrade],
    ['a near Upgrade', { Upgrade: 'websockets' }, 426, upgrade],
    ['no Connection', { Connection: undefined }, 426, upgrade],
    ['another Connection', { Connection: 'keep-alive' }, 426, upgrade],
    ['no Host', { Host: undefined }, 400, {}],
    ['an empty Host', { Host: '' }, 400, {}],
    ['two Hosts', { Host: ['a', 'b'] }, 400, {}],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 426, upgrade],
    ['version 8', { 'Sec-WebSocket-Version': '8' }, 426, upgrade],
    ['version 14', { 'Sec-WebSocket-Version': '14' }, 426, upgrade],
    ['version 013', { 'Sec-WebSocket-Version': '013' }, 426, upgrade],
    ['two versions', { 'Sec-WebSocket-Version': ['8', '13'] }, 426, upgrade],
    ['no key', { 'Sec-WebSocket-Key': undefined }, 400, {}],
    ['an empty key', { 'Sec-WebSocket-Key': '' }, 400, {}],
    ['a key of 15 bytes', { 'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhX' }, 400, {}],
    ['two keys', { 'Sec-WebSocket-Key': [KEY, KEY] }, 400, {}],
    ['two origins', { Origin: ['http://a', 'http://b'] }, 400, {}],
    ['an empty sub-protocol list', { 'Sec-WebSocket-Protocol': '' }, 400, {}],
    ['a sub-protocol that is no token', { 'Sec-WebSocket-Protocol': 'a b' }, 400, {}],
    ['a sub-protocol twice', { 'Sec-WebSocket-Protocol': ['a', 'a'] }, 400, {}],
    ['malformed extensions', { 'Sec-WebSocket-Extensions': 'x; =1' }, 400, {}],
    ['an empty extension list', { 'Sec-WebSocket-Extensions': '' }, 400, {}],
    ['a body', { 'Content-Length': '5' }, 400, {}],
    ['a chunked body', { 'Transfer-Encoding': 'chunked' }, 400, {}],
  ])('refuses %s', (_, fields, status, headers) => {
    expect(checkRequest(head(fields))).toEqual({
      ok: false,
      status,
      headers,
      reason: expect.stringMatching(/^[ -~]+$/),
    });
  });

  it.each([['POST'], ['CONNECT'], ['get'], ['']])('refuses the method %j with 405', (method) => {
    expect(checkRequest(head({}, { method }))).toMatchObject({ ok: false, status: 405, headers: { Allow: 'GET' } });
  });

  it.each([
    ['/caf%c3%a9/../chat?a', { host: 'example.com', path: '/chat' }],
    // RFC 9112 §3.2.2: the Host does not count then.
    ['http://elsewhere:81/chat', { host: 'elsewhere:81', path: '/chat' }],
  ])('tells what the target %s asks for', (target, asked) => {
    expect(checkRequest(head({}, { target }))).toMatchObject({ ok: true, ...asked });
  });

  it.each([['*'], ['/#x'], ['chat'], ['http://user@a/'], ['']])('refuses the target %j', (target) => {
    expect(checkRequest(head({}, { target }))).toMatchObject({ ok: false, status: 400 });
  });

  it.each([['1.0'], ['0.9'], [''], ['x']])('refuses HTTP/%s', (version) => {
    expect(checkRequest(head({}, { version }))).toMatchObject({ ok: false, status: 400 });
  });

  it('refuses any one header missing, and says no internals', () => {
    for (const name of Object.keys(FIELDS)) {
      const result = checkRequest(head({ [name]: undefined }));
      expect(result.ok, name).toBe(false);
    }
    const secret = checkRequest(head({ 'Sec-WebSocket-Key': 'secret' }));
    expect(JSON.stringify(secret)).not.toContain('secret');
  });

  it('never throws, whatever the headers', () => {
    const name = fc.constantFrom(
      ...Object.keys(FIELDS),
      'Sec-WebSocket-Protocol',
      'Sec-WebSocket-Extensions',
      'Origin',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('websocket', 'upgrade', '13', KEY, 'a;b=1', 'x'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.string(), (fields, version) => {
        const headers = new HeaderMap([...HeaderMap.fromRecord(FIELDS), ...fields]);
        expect(typeof checkRequest({ method: 'GET', target: '/', version: '1.1', headers }).ok).toBe('boolean');
        expect(typeof checkRequest({ method: 'GET', target: '/', version, headers }).ok).toBe('boolean');
      }),
    );
  });
});

describe('isHttp11', () => {
  it.each([
    ['1.1', true],
    ['1.2', true],
    ['2.0', true],
    ['1.0', false],
    ['0.9', false],
    ['11', false],
    ['', false],
  ])('%j: %s', (version, expected) => {
    expect(isHttp11(version)).toBe(expected);
  });
});
