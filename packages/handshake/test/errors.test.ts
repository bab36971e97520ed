import { describe, expect, it } from 'vitest';
import { HandshakeFailure, HeaderError, quote } from '../src/errors.js';
import { HeaderMap } from '../src/headers.js';

describe('the two kinds of error', () => {
  it('are different classes, each with a code', () => {
    const headers = new HeaderMap();
    const failure = new HandshakeFailure('BAD_STATUS', 'no', { status: 403, headers });
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({
      name: 'HandshakeFailure',
      code: 'BAD_STATUS',
      message: 'no',
      status: 403,
      headers,
    });
    const wrong = new HeaderError('INVALID_PATH', 'bad');
    expect(wrong).toBeInstanceOf(TypeError);
    expect(wrong).not.toBeInstanceOf(HandshakeFailure);
    expect(wrong).toMatchObject({ name: 'HeaderError', code: 'INVALID_PATH', message: 'bad' });
  });

  it('have neither status nor headers where there are none', () => {
    expect(new HandshakeFailure('BAD_HEAD', 'x')).toMatchObject({ status: undefined, headers: undefined });
  });
});

describe('quote', () => {
  it('escapes and cuts', () => {
    expect(quote('a"\r\n\0')).toBe('"a\\"\\r\\n\\u0000"');
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(5000))).toBe(`"${'x'.repeat(80)}…"`);
  });
});
