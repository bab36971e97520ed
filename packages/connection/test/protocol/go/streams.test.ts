import { HandshakeFailure } from '@webson/handshake';
import { expect, test } from 'vitest';
import { agreeOnStreams } from '../../../src/protocol/go/streams.js';

test('the smaller of the two numbers, without flow control', () => {
  expect(agreeOnStreams(10, '20')).toEqual({ maxStreams: 10, flow: undefined });
  expect(agreeOnStreams(20, '10')).toEqual({ maxStreams: 10, flow: undefined });
});

test('nothing when the peer says nothing', () => {
  expect(agreeOnStreams(10, undefined)).toBeUndefined();
});

test.each(['32768', '40000', '9999999999'])('%s: there are 32767 ids', (field) => {
  expect(agreeOnStreams(32_767, field)?.maxStreams).toBe(32_767);
});

test.each(['', '0', '000', '-1', '1.5', 'many', '10, 20', '0x10', '99999999999'])('%j is refused with 400', (field) => {
  let failure: unknown;
  try {
    agreeOnStreams(10, field);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(HandshakeFailure);
  expect(failure).toMatchObject({ code: 'BAD_EXTENSIONS', status: 400 });
});
