import { expect, test } from 'vitest';
import { innerChoice, innerNameOf, offeredWithInner, withinInner } from '../../src/inner/sub-protocol.js';

test('offers each sub-protocol plain, then within the inner protocol, then that alone', () => {
  expect(offeredWithInner(['chat', 'v2'])).toEqual(['chat', 'v2', 'webson.v1+chat', 'webson.v1+v2', 'webson.v1']);
  expect(offeredWithInner([])).toEqual(['webson.v1']);
});

test('a name leads back to the sub-protocol', () => {
  for (const name of ['', 'chat', 'webson.v1', 'a+b']) expect(withinInner(innerNameOf(name))).toBe(name);
  for (const other of ['', 'chat', 'webson.v1x', 'webson', 'webson.v2+chat'])
    expect(withinInner(other)).toBeUndefined();
});

test('takes the first of its own sub-protocols that was offered with the inner protocol, else that alone', () => {
  const chosen = (offered: string[], supported: string[]): string | undefined => {
    return innerChoice(offered, (names) => supported.find((name) => names.includes(name)) ?? '');
  };
  expect(chosen(['a', 'webson.v1+b', 'webson.v1+a', 'webson.v1'], ['a', 'b'])).toBe('a');
  expect(chosen(['a', 'webson.v1+c', 'webson.v1'], ['a'])).toBe('');
  expect(chosen(['a', 'webson.v1+c'], ['a'])).toBeUndefined();
  expect(chosen(['a'], ['a'])).toBeUndefined();
  expect(chosen([], ['a'])).toBeUndefined();
});
