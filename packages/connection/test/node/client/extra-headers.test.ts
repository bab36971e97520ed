import { describe, expect, test } from 'vitest';
import { type DialOptions, dial } from '../../../src/node/client/dial.js';
import { EXTRA_HEADERS } from '../../../src/node/client/extra-headers.js';
import { ConfigError } from '../../../src/protocol/contract/errors.js';
import { expectNothingLeft, rejection, serveForTest } from '../harness.js';

expectNothingLeft();

const FIELDS = { 'X-A': '1', 'X-B': '2' };

test.each<[string, DialOptions['extraHeaders']]>([
  ['an object', FIELDS],
  ['an object without a prototype', Object.assign(Object.create(null), FIELDS)],
  ['Headers', new Headers(FIELDS)],
  ['a Map', new Map(Object.entries(FIELDS))],
  ['pairs', Object.entries(FIELDS)],
])('%s', async (_name, extraHeaders) => {
  let seen: NodeJS.Dict<string | string[]> = {};
  const server = await serveForTest({
    headerVerify: (headers) => {
      seen = { a: headers.get('x-a'), b: headers.get('x-b') };
      return true;
    },
  });
  const connection = await dial(server.url, extraHeaders === undefined ? {} : { extraHeaders });
  expect(seen).toEqual({ a: '1', b: '2' });
  const closed = connection.start();
  connection.close();
  await closed;
});

test('a field that is given several times', () => {
  const take = EXTRA_HEADERS.take as (value: unknown) => unknown;
  expect(
    take([
      ['X-A', '1'],
      ['X-A', '2'],
    ]),
  ).toEqual({ 'X-A': ['1', '2'] });
  expect(take({ 'X-A': ['1', '2'], 'X-B': undefined })).toEqual({ 'X-A': ['1', '2'] });
  expect(Object.keys(take([['__proto__', '1']]) as object)).toEqual(['__proto__']);
});

describe('what is none is refused, and not quoted: it may be a password', () => {
  test.each([
    'Authorization: secret',
    ['secret'],
    [['Authorization']],
    [['Authorization', 5]],
    { Authorization: 5 },
    { Authorization: { secret: 1 } },
    new Map([[5, 'secret']]),
    null,
  ])('%o', async (extraHeaders) => {
    const error = await rejection(dial('ws://127.0.0.1:9/', { extraHeaders } as unknown as DialOptions));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(
      /^extraHeaders: an object of strings, Headers, a Map, or pairs of strings expected, got /,
    );
    expect(error.message).not.toContain('secret');
  });
});

test.each([
  [{ Accept: 'x', n: 5 }, 'got an object; n is 5'],
  [{ 'X-A': ['1', 2] }, 'got an object; X-A is a list of 2'],
  [
    [
      ['X-A', '1'],
      ['X-B', null],
    ],
    'got a list of 2; X-B is null',
  ],
  [[5], 'got a list of 1'],
  [null, 'got null'],
])('of %o the message names the field', async (extraHeaders, end) => {
  const error = await rejection(dial('ws://127.0.0.1:9/', { extraHeaders } as unknown as DialOptions));
  expect(error.message.slice(error.message.indexOf('got '))).toBe(end);
});
