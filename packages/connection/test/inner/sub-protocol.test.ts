import { expect, test } from 'vitest';
import { innerNameOf, offeredWithInner, withinInner } from '../../src/inner/sub-protocol.js';

test('offers each sub-protocol plain, then within the inner protocol, then that alone', () => {
  expect(offeredWithInner(['chat', 'v2'])).toEqual(['chat', 'v2', 'webson.v1+chat', 'webson.v1+v2', 'webson.v1']);
  expect(offeredWithInner([])).toEqual(['webson.v1']);
});

test('a name leads back to the sub-protocol', () => {
  for (const name of ['', 'chat', 'webson.v1', 'a+b']) expect(withinInner(innerNameOf(name))).toBe(name);
  for (const other of ['', 'chat', 'webson.v1x', 'webson', 'webson.v2+chat'])
    expect(withinInner(other)).toBeUndefined();
});
