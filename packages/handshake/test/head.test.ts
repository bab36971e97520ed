import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandshakeFailure, HeaderError } from '../src/errors.js';
import { type HeadLimits, RequestHeadParser, ResponseHeadParser } from '../src/head.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const request = (text: string, limits?: HeadLimits) => new RequestHeadParser(limits).push(bytes(text));
const response = (text: string, limits?: HeadLimits) => new ResponseHeadParser(limits).push(bytes(text));
const failure = (code: string, status?: number) => expect.objectContaining({ name: 'HandshakeFailure', code, status });

const REQUEST = 'GET /chat?a=b HTTP/1.1\r\nHost: example.com\r\nUpgrade:websocket\r\nX:\r\nx: \t two words\t \r\n\r\n';
const RESPONSE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';

describe('RequestHeadParser', () => {
  it('reads the head and keeps what follows', () => {
    const parser = new RequestHeadParser();
    const head = parser.push(bytes(`${REQUEST}\x81\x00`));
    expect(head).toMatchObject({ method: 'GET', target: '/chat?a=b', version: '1.1' });
    expect([...(head?.headers ?? [])]).toEqual([
      ['Host', 'example.com'],
      ['Upgrade', 'websocket'],
      ['X', ''],
      ['x', 'two words'],
    ]);
    expect(parser.rest).toEqual(Uint8Array.of(0x81, 0x00));
  });

  it('returns undefined and keeps no rest until the last byte', () => {
    const parser = new RequestHeadParser();
    const all = bytes(REQUEST);
    for (const byte of all.subarray(0, -1)) {
      expect(parser.push(Uint8Array.of(byte))).toBeUndefined();
      expect(parser.rest).toHaveLength(0);
    }
    expect(parser.push(all.subarray(-1))).toMatchObject({ target: '/chat?a=b' });
    expect(parser.rest).toHaveLength(0);
  });

  it('gives the same under any chunking', () => {
    const all = bytes(`${REQUEST}rest`);
    const whole = new RequestHeadParser();
    const expected = whole.push(all);
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 12 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), all.length];
        const parser = new RequestHeadParser();
        let rest: number[] | undefined;
        for (let i = 1; i < borders.length; i++) {
          const chunk = all.subarray(borders[i - 1], borders[i]);
          if (rest !== undefined) {
            rest.push(...chunk);
            continue;
          }
          const head = parser.push(chunk);
          if (head === undefined) continue;
          expect({ ...head, headers: [...head.headers] }).toEqual({
            ...expected,
            headers: [...(expected?.headers ?? [])],
          });
          rest = [...parser.rest];
        }
        expect(rest).toEqual([...bytes('rest')]);
      }),
    );
  });

  it('takes one empty line before the request, not two', () => {
    expect(request(`\r\n${REQUEST}`)).toMatchObject({ target: '/chat?a=b' });
    expect(() => request(`\r\n\r\n${REQUEST}`)).toThrow(failure('BAD_HEAD', 400));
  });

  it('reads bytes above ASCII as latin1', () => {
    expect(request('GET / HTTP/1.1\r\nX: \xe9\xff\x80\r\n\r\n')?.headers.get('x')).toBe('\xe9\xff\x80');
  });

  it.each([
    ['a CR without LF in a value', 'GET / HTTP/1.1\r\nA: b\rc\r\n\r\n'],
    ['a CR before CRLF', 'GET / HTTP/1.1\r\nA: b\r\r\n\r\n'],
    ['an LF without CR', 'GET / HTTP/1.1\nA: b\r\n\r\n'],
    ['an LF without CR at the end', 'GET / HTTP/1.1\r\nA: b\r\n\n'],
    ['NUL in a value', 'GET / HTTP/1.1\r\nA: b\0\r\n\r\n'],
    ['a control character in a value', 'GET / HTTP/1.1\r\nA: \x1b\r\n\r\n'],
    ['DEL in a value', 'GET / HTTP/1.1\r\nA: \x7f\r\n\r\n'],
    ['a folded line', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n'],
    ['a line folded with a tab', 'GET / HTTP/1.1\r\nA: b\r\n\tc: d\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nA : b\r\n\r\n'],
    ['a line without colon', 'GET / HTTP/1.1\r\nAb\r\n\r\n'],
    ['an empty name', 'GET / HTTP/1.1\r\n: b\r\n\r\n'],
    ['a name that is no token', 'GET / HTTP/1.1\r\nA(b): c\r\n\r\n'],
    ['a name above ASCII', 'GET / HTTP/1.1\r\n\xe9: c\r\n\r\n'],
    ['a request line of two words', 'GET /\r\n\r\n'],
    ['a space in the target', 'GET /a b HTTP/1.1\r\n\r\n'],
    ['two spaces', 'GET  / HTTP/1.1\r\n\r\n'],
    ['a tab for a space', 'GET\t/ HTTP/1.1\r\n\r\n'],
    ['a method that is no token', 'G(T / HTTP/1.1\r\n\r\n'],
    ['a version of another form', 'GET / HTTP/1.10\r\n\r\n'],
    ['another protocol', 'GET / ICY/1.1\r\n\r\n'],
    ['text after the version', 'GET / HTTP/1.1 \r\n\r\n'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46'],
  ])('refuses %s', (_, text) => {
    expect(() => request(text)).toThrow(failure('BAD_HEAD', 400));
    const slowly = new RequestHeadParser();
    expect(() => {
      for (const byte of bytes(text)) slowly.push(Uint8Array.of(byte));
    }).toThrow(failure('BAD_HEAD', 400));
  });

  it('throws the same failure for good', () => {
    const parser = new RequestHeadParser();
    expect(() => parser.push(bytes('nonsense\r\n\r\n'))).toThrow(failure('BAD_HEAD', 400));
    expect(() => parser.push(bytes(REQUEST))).toThrow(failure('BAD_HEAD', 400));
  });

  it('is not to be fed after the head', () => {
    const parser = new RequestHeadParser();
    parser.push(bytes(REQUEST));
    expect(() => parser.push(bytes('x'))).toThrow(
      expect.objectContaining({ name: 'HeaderError', code: 'PARSER_DONE' }),
    );
  });

  it('counts bytes, lines and the length of a line up to the very cap', () => {
    const text = 'GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n';
    const { length } = text;
    expect(request(`${text}more, which does not count`, { maxBytes: length })).toBeDefined();
    expect(() => request(text, { maxBytes: length - 1 })).toThrow(failure('HEAD_TOO_LARGE', 431));
    expect(request(text, { maxLines: 3 })).toBeDefined();
    expect(() => request(text, { maxLines: 2 })).toThrow(failure('HEAD_TOO_LARGE', 431));
    expect(request(text, { maxLineLength: 14 })).toBeDefined();
    expect(() => request(text, { maxLineLength: 13 })).toThrow(failure('HEAD_TOO_LARGE', 431));
  });

  it('has finite caps by default', () => {
    const start = 'GET / HTTP/1.1\r\n';
    const value = (length: number) => `A: ${'x'.repeat(length - 3)}`;
    expect(request(`${start}${value(8192)}\r\n\r\n`)).toBeDefined();
    expect(() => request(start + value(8193))).toThrow(failure('HEAD_TOO_LARGE', 431));
    expect(request(`${start}${'A: b\r\n'.repeat(127)}\r\n`)).toBeDefined();
    expect(() => request(`${start}${'A: b\r\n'.repeat(128)}`)).toThrow(failure('HEAD_TOO_LARGE', 431));
    const full = `${value(8192)}\r\n`;
    const left = 16384 - start.length - full.length - 4;
    expect(request(`${start}${full}${value(left)}\r\n\r\n`)).toBeDefined();
    expect(() => request(`${start}${full}${value(left + 1)}\r\n\r\n`)).toThrow(failure('HEAD_TOO_LARGE', 431));
  });

  it.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses a cap of %s', (value) => {
    const code = expect.objectContaining({ name: 'HeaderError', code: 'INVALID_LIMIT' });
    expect(() => new RequestHeadParser({ maxBytes: value })).toThrow(code);
    expect(() => new RequestHeadParser({ maxLines: value })).toThrow(code);
    expect(() => new ResponseHeadParser({ maxLineLength: value })).toThrow(code);
  });
});

describe('ResponseHeadParser', () => {
  it.each<[string, { status: number; reason: string; version: string }]>([
    ['HTTP/1.1 101 Switching Protocols', { status: 101, reason: 'Switching Protocols', version: '1.1' }],
    ['HTTP/1.1 101 ', { status: 101, reason: '', version: '1.1' }],
    ['HTTP/1.1 101', { status: 101, reason: '', version: '1.1' }],
    ['HTTP/1.1 101 \xe9 : any, thing', { status: 101, reason: '\xe9 : any, thing', version: '1.1' }],
    ['HTTP/1.0 200 OK', { status: 200, reason: 'OK', version: '1.0' }],
    ['HTTP/1.1 999 ?', { status: 999, reason: '?', version: '1.1' }],
  ])('reads %j', (line, expected) => {
    expect(response(`${line}\r\n\r\n`)).toMatchObject(expected);
  });

  it.each([
    ['HTTP/1.1'],
    ['HTTP/1.1 '],
    ['HTTP/1.1 10'],
    ['HTTP/1.1 1010'],
    ['HTTP/1.1 1x1 OK'],
    ['HTTP/1.1  101 OK'],
    ['HTTP/11 101 OK'],
    ['http/1.1 101 OK'],
    ['ICY 200 OK'],
    ['101'],
    [''],
  ])('refuses %j', (line) => {
    expect(() => response(`${line}\r\n\r\n`)).toThrow(failure('BAD_HEAD'));
  });

  it.each([['SSH-2.0-OpenSSH_9.6'], ['220 mail'], ['HTTQ'], ['http'], ['\x85']])(
    'refuses what begins with %j at once: its line may never end',
    (begin) => {
      const parser = new ResponseHeadParser();
      expect(() => parser.push(bytes(begin))).toThrow(failure('BAD_HEAD'));
    },
  );

  it('takes a status line in pieces, and looks at each of them after interim responses, too', () => {
    const parser = new ResponseHeadParser();
    for (const character of 'HTTP/1.1 103 Hints\r\n\r\nHTTP/') expect(parser.push(bytes(character))).toBeUndefined();
    const other = new ResponseHeadParser();
    expect(() => other.push(bytes('HTTP/1.1 103 Hints\r\n\r\nS'))).toThrow(failure('BAD_HEAD'));
  });

  it('skips interim responses, their headers too', () => {
    const interim = 'HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\n';
    const all = bytes(`${interim}${RESPONSE}rest`);
    const parser = new ResponseHeadParser();
    const head = parser.push(all);
    expect(head?.status).toBe(101);
    expect([...(head?.headers ?? [])]).toEqual([['Upgrade', 'websocket']]);
    expect(parser.rest).toEqual(bytes('rest'));
    const slowly = new ResponseHeadParser();
    const heads = [...all.subarray(0, all.length - 4)].map((byte) => slowly.push(Uint8Array.of(byte)));
    expect(heads.findIndex((each) => each !== undefined)).toBe(heads.length - 1);
    expect(heads.at(-1)?.status).toBe(101);
  });

  it('counts interim responses against the caps', () => {
    const parser = new ResponseHeadParser();
    expect(() => {
      for (let i = 0; i < 1000; i++) parser.push(bytes('HTTP/1.1 100 Continue\r\n\r\n'));
    }).toThrow(failure('HEAD_TOO_LARGE'));
  });

  it('throws nothing but the documented failure, and the same under any chunking', () => {
    const soup = fc.array(fc.constantFrom('HTTP/1.1 ', '101', '100', ' ', '\r\n', '\r', '\n', 'A', ':', '\0', '\x80'), {
      maxLength: 30,
    });
    const run = (chunks: Uint8Array[]): unknown => {
      const parser = new ResponseHeadParser({ maxBytes: 60, maxLines: 3, maxLineLength: 20 });
      try {
        for (const chunk of chunks) {
          const head = parser.push(chunk);
          if (head !== undefined) return { ...head, headers: [...head.headers] };
        }
        return undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(HandshakeFailure);
        expect(error).not.toBeInstanceOf(HeaderError);
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => bytes(parts.join(''))),
          fc.uint8Array({ maxLength: 80 }),
        ),
        (all) => {
          expect(run([...all].map((byte) => Uint8Array.of(byte)))).toEqual(run([all]));
        },
      ),
      { numRuns: 3000 },
    );
  });
});
