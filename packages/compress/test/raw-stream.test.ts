import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { DeflateError, InflateError } from '../src/index.js';
import { deflateStream, inflateStream, ownBytes, setTakesDictionary } from '../src/raw-stream.js';
import { concat, hex, noise, thrownBy, utf8 } from './samples.js';

const NOTHING = new Uint8Array(0);
const plain = { windowBits: 15, limit: 1 << 20, dictionary: NOTHING };

describe('inflateStream', () => {
  test('tells how much belongs to the stream', () => {
    const stream = Uint8Array.from(deflateRawSync(utf8('Hello')));
    const result = inflateStream(concat(stream, hex('de ad be ef')), plain);
    expect(Uint8Array.from(result.output)).toEqual(utf8('Hello'));
    expect(result.consumed).toBe(stream.length);
  });

  test.each([0, 1, 99, 100, 101, 65_536, Number.MAX_SAFE_INTEGER])('limit %d', (limit) => {
    const stream = deflateRawSync(noise(100));
    const call = () => inflateStream(stream, { ...plain, limit });
    if (limit < 100) expect(thrownBy(call)).toMatchObject({ code: 'INFLATE_LIMIT', closeCode: 1009 });
    else expect(call().output.length).toBe(100);
  });

  test('a limit of 0 lets an empty stream through', () => {
    expect(inflateStream(deflateRawSync(NOTHING), { ...plain, limit: 0 }).output.length).toBe(0);
  });

  test.each([
    ['empty', NOTHING],
    ['unfinished', hex('f2 48 cd')],
    ['bad block type', hex('07')],
    ['bad stored lengths', hex('01 05 00 00 00')],
    ['too far back', deflateRawSync(utf8('abcabcabc'), { dictionary: utf8('xxabcabcabc') })],
  ])('%s is corrupt', (_, input) => {
    const error = thrownBy(() => inflateStream(input, plain));
    expect(error).toBeInstanceOf(InflateError);
    expect(error).toMatchObject({ code: 'INFLATE_CORRUPT', closeCode: 1007 });
  });

  test('what is not the fault of the input is told apart', () => {
    const error = thrownBy(() => inflateStream(hex('03 00'), { ...plain, windowBits: 99 }));
    expect(error).toMatchObject({ code: 'INFLATE_FAILED', closeCode: 1011 });
    expect((error as InflateError).cause).toBeInstanceOf(RangeError);
  });
});

describe.each([true, false])('inflateStream, where zlib takes a dictionary: %s', (isTaken) => {
  afterEach(() => setTakesDictionary(undefined));

  test.each([1, 255, 256, 1000, 32_768])('what refers to a window of %d bytes', (size) => {
    setTakesDictionary(isTaken);
    const dictionary = noise(size);
    const whole = concat(dictionary, utf8('and what is new'), dictionary.subarray(size >> 1));
    const stream = Uint8Array.from(deflateRawSync(whole, { dictionary, windowBits: 15 }));
    const limit = whole.length;
    const result = inflateStream(concat(stream, hex('de ad')), { windowBits: 15, limit, dictionary });
    expect(Uint8Array.from(result.output)).toEqual(whole);
    expect(result.consumed).toBe(stream.length);
    const tooSmall = () => inflateStream(stream, { windowBits: 15, limit: limit - 1, dictionary });
    expect(thrownBy(tooSmall)).toMatchObject({ code: 'INFLATE_LIMIT' });
  });

  test('what refers behind the window is corrupt', () => {
    setTakesDictionary(isTaken);
    const stream = deflateRawSync(utf8('abcabcabc'), { dictionary: utf8('abcabcxx') });
    const call = () => inflateStream(stream, { ...plain, dictionary: utf8('x') });
    expect(thrownBy(call)).toMatchObject({ code: 'INFLATE_CORRUPT' });
  });
});

describe('deflateStream', () => {
  test('a failure of zlib is typed', () => {
    const call = () => deflateStream(utf8('x'), { level: 99 });
    expect(thrownBy(call)).toBeInstanceOf(DeflateError);
  });
});

describe('ownBytes', () => {
  test('keeps what fills its memory, copies what does not', () => {
    const memory = new Uint8Array(1000).fill(7);
    expect(ownBytes(memory.subarray(0, 900)).buffer).toBe(memory.buffer);
    const small = ownBytes(memory.subarray(0, 10));
    expect(small.buffer.byteLength).toBe(10);
    expect(small).toEqual(new Uint8Array(10).fill(7));
  });

  test('is never a Buffer', () => {
    expect(Buffer.isBuffer(ownBytes(Buffer.alloc(10_000)))).toBe(false);
    expect(Buffer.isBuffer(ownBytes(Buffer.from('pooled')))).toBe(false);
  });
});
