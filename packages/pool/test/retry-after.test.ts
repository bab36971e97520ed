import { HandshakeError } from '@webson/connection';
import { expect, test } from 'vitest';
import { retryAfter } from '../src/retry-after.js';

type Headers = NonNullable<HandshakeError['headers']>;

function refusal(value: string | undefined): HandshakeError {
  // Of the header fields nothing but this is looked at.
  const headers = { get: (name: string) => (name === 'retry-after' ? value : undefined) } as unknown as Headers;
  return new HandshakeError('REFUSED', 'no', { status: 503, headers });
}

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 3 ', 3000],
  ['-5', 0],
  ['1.5', 0],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
])('%j: %d ms', (value, expected) => {
  expect(retryAfter(refusal(value))).toBe(expected);
});

test('a date to come', () => {
  const delay = retryAfter(refusal(new Date(Date.now() + 60_000).toUTCString()));
  expect(delay).toBeGreaterThan(0);
  expect(delay).toBeLessThanOrEqual(60_000);
});

test('nothing, of an end that is no answer', () => {
  expect(retryAfter({ code: 1012, reason: '', wasClean: true })).toBe(0);
  expect(retryAfter(new HandshakeError('CONNECT_FAILED', 'nobody there'))).toBe(0);
  expect(retryAfter(new Error('no'))).toBe(0);
});
