import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/node/client/address.js';
import { hidden, holdsSecret, secretsOf } from '../../../src/node/client/secrets.js';

test('secrets are the values of the query, the password, and the fields, as they are spelt and decoded', () => {
  const address = parseAddress('ws://user:pass%40word@a.test/?key=a%20b%20c&bare-value&short=abc');
  const secrets = secretsOf(address, { Cookie: 'cookie-value', Many: ['one-value', 'two-value'], None: undefined });
  for (const secret of ['a%20b%20c', 'a b c', 'bare-value', 'pass@word', 'cookie-value', 'one-value', 'two-value']) {
    expect(secrets).toContain(secret);
  }
  expect(secrets).toContain(btoa('user:pass@word'));
  expect(secrets).not.toContain('key');
  // They would be found anywhere.
  expect(secrets).not.toContain('abc');
});

test('origin, host and user agent are none: a server names them when it refuses', () => {
  const address = parseAddress('ws://a.test/');
  expect(secretsOf(address, { ORIGIN: 'http://here', Host: 'there', 'User-Agent': 'this' })).toEqual([]);
});

test('they are hidden wherever they stand, the longest first', () => {
  const secrets = secretsOf(parseAddress('ws://a.test/?a=secret&b=secret-two'), {});
  expect(hidden('a secret-two and a secret', secrets)).toBe('a *** and a ***');
  expect(holdsSecret('a secret', secrets)).toBe(true);
  expect(holdsSecret('nothing', secrets)).toBe(false);
});

test('where a text was cut, the beginning of one is hidden, too', () => {
  const secrets = secretsOf(parseAddress('ws://a.test/?a=secret-value'), {});
  expect(hidden('"GET /?a=secret-v…" and secr', secrets)).toBe('"GET /?a=***…" and ***');
  expect(hidden('secretly, sec', secrets)).toBe('secretly, sec');
});

test('one that was quoted is found', () => {
  const secrets = secretsOf(parseAddress('ws://a.test/?a=%22quoted%22%5C'), {});
  expect(hidden(JSON.stringify('it is "quoted"\\'), secrets)).toBe('"it is ***"');
});
