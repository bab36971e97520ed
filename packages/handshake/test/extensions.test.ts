import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandshakeFailure, HeaderError } from '../src/errors.js';
import { type Extension, formatExtensions, parseExtensions } from '../src/extensions.js';

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09AZaz"), minLength: 1, maxLength: 8 });
const extension: fc.Arbitrary<Extension> = fc.record({
  name: token,
  params: fc.array(fc.record({ name: token, value: fc.oneof(token, fc.constant(true as const)) }), { maxLength: 4 }),
});

const bare = (name: string): Extension => ({ name, params: [] });
const deflate = (...params: [string, string | true][]): Extension => ({
  name: 'permessage-deflate',
  params: params.map(([name, value]) => ({ name, value })),
});

describe('parseExtensions', () => {
  it.each<[string, Extension[]]>([
    ['foo', [bare('foo')]],
    ['foo, bar', [bare('foo'), bare('bar')]],
    ['foo,foo', [bare('foo'), bare('foo')]],
    ['permessage-deflate; client_max_window_bits', [deflate(['client_max_window_bits', true])]],
    ['permessage-deflate;server_max_window_bits=10', [deflate(['server_max_window_bits', '10'])]],
    ['permessage-deflate; server_max_window_bits="10"', [deflate(['server_max_window_bits', '10'])]],
    ['permessage-deflate; server_max_window_bits="1\\0"', [deflate(['server_max_window_bits', '10'])]],
    ['permessage-deflate;a=1;a=2;a', [deflate(['a', '1'], ['a', '2'], ['a', true])]],
    ['permessage-deflate; a, permessage-deflate', [deflate(['a', true]), deflate()]],
    ['\tpermessage-deflate\t;\ta = "1" ,foo ', [deflate(['a', '1']), bare('foo')]],
    [', foo,, bar ,', [bare('foo'), bare('bar')]],
    ['__proto__; constructor', [{ name: '__proto__', params: [{ name: 'constructor', value: true }] }]],
  ])('%j', (header, expected) => {
    expect(parseExtensions(header)).toEqual(expected);
  });

  it.each([
    [''],
    ['  '],
    [','],
    [' , ,'],
    [';'],
    ['foo;'],
    ['foo;;bar'],
    ['foo; ,bar'],
    ['foo bar'],
    ['foo; a b'],
    ['foo; a='],
    ['foo; a=,bar'],
    ['foo; a=1 2'],
    ['foo; =1'],
    ['foo=1'],
    ['foo; a==1'],
    ['foo; a=""'],
    ['foo; a="1'],
    ['foo; a="1\\'],
    ['foo; a="\\"'],
    ['foo; a="1 2"'],
    ['foo; a="1,2"'],
    ['foo; a="1\\"2"'],
    ['foo; a="1"2'],
    ['foo; a=1"2"'],
    ['"foo"'],
    ['foo; "a"=1'],
    ['foo; a=é'],
    ['foo\r\nbar'],
    ['foo\0'],
    ['foo\u00a0'],
    ['foo; a="\u0141"'],
  ])('refuses %j', (header) => {
    expect(() => parseExtensions(header)).toThrow(
      expect.objectContaining({ name: 'HandshakeFailure', code: 'BAD_EXTENSIONS', status: 400 }),
    );
  });

  it('says where the grammar broke, and not with what', () => {
    expect(() => parseExtensions('foo; a=secret, b@')).toThrow(
      'malformed Sec-WebSocket-Extensions: unexpected character at position 16',
    );
  });

  it('throws nothing but the documented failure', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'ab=;,"\\ \t\0é1') });
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (header) => {
        try {
          const list = parseExtensions(header);
          expect(parseExtensions(formatExtensions(list))).toEqual(list);
        } catch (error) {
          expect(error).toBeInstanceOf(HandshakeFailure);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes linear time', () => {
    const started = performance.now();
    for (const unit of [' ', ',', 'a', 'a,', 'a;b ', '"', '\\', 'a; b="c"', '\t;']) {
      try {
        parseExtensions(`x; y=${unit.repeat(200_000)}`);
      } catch (error) {
        expect(error).toBeInstanceOf(HandshakeFailure);
      }
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('formatExtensions', () => {
  it('writes what the RFCs show', () => {
    expect(formatExtensions([])).toBe('');
    expect(
      formatExtensions([deflate(['client_max_window_bits', true], ['server_max_window_bits', '10']), bare('x')]),
    ).toBe('permessage-deflate; client_max_window_bits; server_max_window_bits=10, x');
  });

  it('is undone by parseExtensions', () => {
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 5 }), (list) => {
        expect(parseExtensions(formatExtensions(list))).toEqual(list);
      }),
    );
  });

  it.each<[string, Extension]>([
    ['an empty name', bare('')],
    ['a name with a comma', bare('a,b')],
    ['a name with a line end', bare('a\r\nX: y')],
    ['an empty value', deflate(['a', ''])],
    ['a value with a space', deflate(['a', '1 2'])],
    ['a parameter with a quote', deflate(['"a"', '1'])],
  ])('refuses %s', (_, bad) => {
    expect(() => formatExtensions([bad])).toThrow(HeaderError);
    expect(() => formatExtensions([bad])).toThrow(expect.objectContaining({ code: 'INVALID_EXTENSION' }));
  });
});
