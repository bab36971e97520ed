import { expect, test } from 'vitest';
import { decodeParameters, encodeParameters } from '../../src/inner/parameters.js';
import { ProtocolError } from '../../src/protocol/contract/errors.js';

test('the text comes back, and so do the frames after it', () => {
  const first = encodeParameters('max-streams=8; window=1');
  const message = new Uint8Array([...first, 0x82, 0]);
  expect(decodeParameters(message)).toEqual({ text: 'max-streams=8; window=1', rest: new Uint8Array([0x82, 0]) });
});

test('is a control frame 0xE, unmasked', () => {
  expect([...encodeParameters('a')]).toEqual([0x8e, 1, 0x61]);
});

test.each([
  ['text', 'max-streams=8'],
  ['nothing', new Uint8Array(0)],
  ['a ping', new Uint8Array([0x89, 0])],
  ['a fragment', new Uint8Array([0x0e, 0])],
  ['a masked frame', new Uint8Array([0x8e, 0x80, 0, 0, 0, 0])],
  ['a cut frame', encodeParameters('max-streams=8').subarray(0, 7)],
  ['half a header', new Uint8Array([0x8e])],
])('refuses %s', (_what, message) => {
  const refused = (): unknown => decodeParameters(message);
  expect(refused).toThrow(ProtocolError);
  expect(refused).toThrow(/parameters of the inner protocol/);
});
