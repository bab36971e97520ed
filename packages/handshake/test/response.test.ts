import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeAccept } from '../src/accept.js';
import { HandshakeFailure } from '../src/errors.js';
import type { Extension } from '../src/extensions.js';
import { type ResponseHead, ResponseHeadParser } from '../src/head.js';
import { HeaderMap } from '../src/headers.js';
import {
  buildRefusal,
  buildRefusalHead,
  buildResponse,
  checkResponse,
  type ResponseExpectation,
  type ResponseOptions,
} from '../src/response.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const DEFLATE: Extension = {
  name: 'permessage-deflate',
  params: [{ name: 'server_no_context_takeover', value: true }],
};
const STREAMS: Extension = { name: 'webson-streams', params: [{ name: 'max-streams', value: '8' }] };

const parse = (text: string): { head: ResponseHead; body: string } => {
  const parser = new ResponseHeadParser();
  const head = parser.push(Buffer.from(text, 'latin1'));
  if (head === undefined) throw new Error('incomplete');
  return { head, body: Buffer.from(parser.rest).toString('latin1') };
};
const FIELDS = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPT };
type Fields = Record<string, string | string[] | undefined>;
const head = (fields: Fields = {}, more: Partial<ResponseHead> = {}): ResponseHead => ({
  version: '1.1',
  status: 101,
  reason: '',
  headers: HeaderMap.fromRecord({ ...FIELDS, ...fields }),
  ...more,
});
const expected = (more: Partial<ResponseExpectation> = {}): ResponseExpectation => ({ key: KEY, ...more });

describe('buildResponse', () => {
  it('writes exactly the 101 of RFC 6455 §4.2.2', () => {
    expect(
      buildResponse({
        key: KEY,
        protocol: 'chat',
        extensions: [DEFLATE, STREAMS],
        extraHeaders: { 'Set-Cookie': ['a', 'b'] },
      }),
    ).toBe(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${ACCEPT}`,
        'Sec-WebSocket-Protocol: chat',
        'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, webson-streams; max-streams=8',
        'Set-Cookie: a',
        'Set-Cookie: b',
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('leaves out what is empty', () => {
    expect(buildResponse({ key: KEY, protocol: '', extensions: [] })).toBe(buildResponse({ key: KEY }));
    expect(buildResponse({ key: KEY })).not.toMatch(/Protocol:|Extensions/);
  });

  it.each<[string, Partial<ResponseOptions>, string]>([
    ['a key that is none', { key: 'x' }, 'INVALID_KEY'],
    ['two sub-protocols', { protocol: 'a, b' }, 'INVALID_PROTOCOL'],
    ['an extension that is no token', { extensions: [{ name: 'a b', params: [] }] }, 'INVALID_EXTENSION'],
    ['its own Accept', { extraHeaders: { 'sec-websocket-accept': 'x' } }, 'RESERVED_HEADER'],
    ['a body', { extraHeaders: { 'Content-Length': '1' } }, 'RESERVED_HEADER'],
    ['a value with a line end', { extraHeaders: { A: 'b\r\nC: d' } }, 'INVALID_HEADER_VALUE'],
    ['a name with a line end', { extraHeaders: { 'A\r\nB': 'c' } }, 'INVALID_HEADER_NAME'],
  ])('refuses %s', (_, options, code) => {
    expect(() => buildResponse({ key: KEY, ...options })).toThrow(
      expect.objectContaining({ name: 'HeaderError', code }),
    );
  });
});

describe('buildRefusalHead', () => {
  it('leaves the body to its caller, of whatever type', () => {
    const text = buildRefusalHead(402, 2, { 'Content-Type': 'application/json', 'Set-Cookie': ['a=1', 'b=2'] });
    const { head: parsed, body } = parse(`${text}{}`);
    expect(parsed.status).toBe(402);
    expect(parsed.headers.getAll('content-type')).toEqual(['application/json']);
    expect(parsed.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(parsed.headers.get('content-length')).toBe('2');
    expect(body).toBe('{}');
  });

  it.each<[string, number, Record<string, string | string[]>, string]>([
    ['status 200', 200, {}, 'INVALID_STATUS'],
    ['two types', 400, { 'Content-Type': ['a/b', 'c/d'] }, 'DUPLICATE_HEADER'],
    ['two locations', 302, { Location: '/a', location: '/b' }, 'DUPLICATE_HEADER'],
    ['Transfer-Encoding', 400, { 'Transfer-Encoding': 'chunked' }, 'RESERVED_HEADER'],
  ])('refuses %s', (_, status, headers, code) => {
    expect(() => buildRefusalHead(status, 0, headers)).toThrow(expect.objectContaining({ name: 'HeaderError', code }));
  });
});

describe('buildRefusal', () => {
  it('writes a whole answer', () => {
    expect(buildRefusal(403, 'Not for you')).toBe(
      [
        'HTTP/1.1 403 Forbidden',
        'Connection: close',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 12',
        'X-Content-Type-Options: nosniff',
        '',
        'Not for you\n',
      ].join('\r\n'),
    );
  });

  it('names Upgrade in Connection where it sends one', () => {
    const { head: parsed, body } = parse(
      buildRefusal(426, 'no', { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }),
    );
    expect(parsed).toMatchObject({ status: 426, reason: 'Upgrade Required' });
    expect(parsed.headers.get('connection')).toBe('close, Upgrade');
    expect(parsed.headers.get('upgrade')).toBe('websocket');
    expect(parsed.headers.get('sec-websocket-version')).toBe('13');
    expect(parsed.headers.get('content-length')).toBe(String(body.length));
  });

  it('does without a phrase for a status it does not know', () => {
    expect(parse(buildRefusal(499, 'x')).head).toMatchObject({ status: 499, reason: '' });
  });

  it.each<[string, number, string, Record<string, string>, string]>([
    ['status 101', 101, 'x', {}, 'INVALID_STATUS'],
    ['status 200', 200, 'x', {}, 'INVALID_STATUS'],
    ['status 600', 600, 'x', {}, 'INVALID_STATUS'],
    ['status 400.5', 400.5, 'x', {}, 'INVALID_STATUS'],
    ['a reason of two lines', 400, 'a\r\nb', {}, 'INVALID_STATUS'],
    ['a reason above ASCII', 400, 'é', {}, 'INVALID_STATUS'],
    ['its own Content-Length', 400, 'x', { 'content-length': '9' }, 'RESERVED_HEADER'],
    ['its own Connection', 400, 'x', { Connection: 'keep-alive' }, 'RESERVED_HEADER'],
    ['a value with a line end', 400, 'x', { A: 'b\n' }, 'INVALID_HEADER_VALUE'],
  ])('refuses %s', (_, status, reason, headers, code) => {
    expect(() => buildRefusal(status, reason, headers)).toThrow(expect.objectContaining({ name: 'HeaderError', code }));
  });
});

describe('checkResponse', () => {
  it.each([[undefined], ['a private key'], [Uint8Array.of(0xff, 0)]])(
    'takes what buildResponse makes, magic %j',
    (magic) => {
      const secret = magic === undefined ? {} : { magicKey: magic };
      const text = buildResponse({ key: KEY, protocol: 'b', extensions: [DEFLATE, STREAMS], ...secret });
      expect(
        checkResponse(
          parse(text).head,
          expected({ protocols: ['a', 'b'], offeredExtensions: [STREAMS, DEFLATE, DEFLATE], ...secret }),
        ),
      ).toEqual({ ok: true, negotiated: { protocol: 'b', extensions: [DEFLATE, STREAMS] } });
    },
  );

  it.each<[string, Fields]>([
    ['the least', {}],
    ['Upgrade in any case', { Upgrade: 'WebSocket' }],
    ['Connection as a list', { Connection: 'keep-alive, UPGRADE' }],
    ['Connection repeated', { Connection: ['x', 'upgrade'] }],
  ])('takes %s', (_, fields) => {
    expect(checkResponse(head(fields), expected({ protocols: ['a'], offeredExtensions: [DEFLATE] }))).toEqual({
      ok: true,
      negotiated: { protocol: '', extensions: [] },
    });
  });

  it.each<[string, Fields, string, RegExp]>([
    ['no Upgrade', { Upgrade: undefined }, 'BAD_UPGRADE', /Upgrade header is missing, expected "websocket"/],
    ['another Upgrade', { Upgrade: 'h2c' }, 'BAD_UPGRADE', /"h2c"/],
    ['Upgrade as a list', { Upgrade: 'websocket, h2c' }, 'BAD_UPGRADE', /"websocket, h2c"/],
    ['no Connection', { Connection: undefined }, 'BAD_CONNECTION', /missing/],
    ['another Connection', { Connection: 'close' }, 'BAD_CONNECTION', /"close", expected "Upgrade"/],
    ['no Accept', { 'Sec-WebSocket-Accept': undefined }, 'BAD_ACCEPT', /missing, expected "s3p/],
    ['another Accept', { 'Sec-WebSocket-Accept': computeAccept(KEY, 'x') }, 'BAD_ACCEPT', /expected "s3p.*magicKey/],
    ['Accept in another case', { 'Sec-WebSocket-Accept': ACCEPT.toUpperCase() }, 'BAD_ACCEPT', /magicKey/],
    ['two Accepts', { 'Sec-WebSocket-Accept': [ACCEPT, ACCEPT] }, 'BAD_ACCEPT', /magicKey/],
    [
      'a sub-protocol not offered',
      { 'Sec-WebSocket-Protocol': 'c' },
      'BAD_PROTOCOL',
      /"c" was not offered \(of 2 that were\)$/,
    ],
    ['a sub-protocol in another case', { 'Sec-WebSocket-Protocol': 'A' }, 'BAD_PROTOCOL', /not offered/],
    ['two sub-protocols', { 'Sec-WebSocket-Protocol': 'a, b' }, 'BAD_PROTOCOL', /at most one/],
    ['two sub-protocol headers', { 'Sec-WebSocket-Protocol': ['a', 'a'] }, 'BAD_PROTOCOL', /at most one/],
    ['an empty sub-protocol', { 'Sec-WebSocket-Protocol': '' }, 'BAD_PROTOCOL', /at most one/],
    [
      'an extension not offered',
      { 'Sec-WebSocket-Extensions': 'webson-streams' },
      'UNSOLICITED_EXTENSION',
      /offered: perm/,
    ],
    [
      'an extension twice',
      { 'Sec-WebSocket-Extensions': ['permessage-deflate', 'permessage-deflate'] },
      'EXTENSION_CONFLICT',
      /twice/,
    ],
    ['malformed extensions', { 'Sec-WebSocket-Extensions': 'permessage-deflate;' }, 'BAD_EXTENSIONS', /position/],
    ['an empty extension list', { 'Sec-WebSocket-Extensions': '' }, 'BAD_EXTENSIONS', /empty/],
  ])('fails %s', (_, fields, code, message) => {
    const answer = head(fields);
    const result = checkResponse(answer, expected({ protocols: ['a', 'b'], offeredExtensions: [DEFLATE] }));
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.failure).toBeInstanceOf(HandshakeFailure);
    expect(result.failure).toMatchObject({ code, status: 101, headers: answer.headers });
    expect(result.failure.message).toMatch(message);
  });

  it('fails what was never offered at all', () => {
    const code = (fields: Fields) => {
      const result = checkResponse(head(fields), expected());
      return result.ok ? 'ok' : result.failure.message;
    };
    expect(code({ 'Sec-WebSocket-Protocol': 'a' })).toBe('the sub-protocol "a" was not offered (none was)');
    expect(code({ 'Sec-WebSocket-Extensions': 'a' })).toBe('the extension "a" was not offered (none was)');
  });

  it.each([[200], [301], [400], [401], [426], [500]])('fails status %s, and passes it on', (status) => {
    const result = checkResponse(head({ 'Retry-After': '5' }, { status }), expected());
    expect(result).toMatchObject({ ok: false, failure: { code: 'BAD_STATUS', status } });
    expect(!result.ok && result.failure.headers?.get('retry-after')).toBe('5');
  });

  it('says which versions the server wants', () => {
    const result = checkResponse(head({ 'Sec-WebSocket-Version': '8, 7' }, { status: 426 }), expected());
    expect(!result.ok && result.failure.message).toContain('wants Sec-WebSocket-Version "8, 7"');
  });

  it('fails HTTP/1.0', () => {
    expect(checkResponse(head({}, { version: '1.0' }), expected())).toMatchObject({
      ok: false,
      failure: { code: 'BAD_HTTP_VERSION' },
    });
  });

  it('keeps a flood from the server out of the message', () => {
    const result = checkResponse(head({ Upgrade: 'x'.repeat(8000) }), expected());
    expect(!result.ok && result.failure.message.length).toBeLessThan(200);
  });

  it('never throws, whatever the headers', () => {
    const name = fc.constantFrom(...Object.keys(FIELDS), 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions');
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'permessage-deflate', 'x;y', '"'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (fields) => {
        const headers = new HeaderMap([...HeaderMap.fromRecord(FIELDS), ...fields]);
        const result = checkResponse(
          head({}, { headers }),
          expected({ protocols: ['a'], offeredExtensions: [DEFLATE] }),
        );
        expect(typeof result.ok).toBe('boolean');
      }),
    );
  });
});
