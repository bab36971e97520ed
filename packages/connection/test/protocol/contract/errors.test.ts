import { expect, test } from 'vitest';
import {
  ClosedError,
  ConfigError,
  HandshakeError,
  MessageCancelledError,
  MessageIncompleteError,
  MessageTooLargeError,
  NotReadyError,
  ProtocolError,
  WebsonError,
} from '../../../src/protocol/contract/errors.js';

const cause = new Error('cause');
test.each([
  ['CONFIG', 'ConfigError', new ConfigError('m', { cause })],
  ['REFUSED', 'HandshakeError', new HandshakeError('REFUSED', 'm', {}, { cause })],
  ['STREAM_IDLE', 'ProtocolError', new ProtocolError('STREAM_IDLE', 1002, 'm', { cause })],
  ['MESSAGE_TOO_LARGE', 'MessageTooLargeError', new MessageTooLargeError('m', { cause })],
  ['NOT_READY', 'NotReadyError', new NotReadyError('m')],
  ['CLOSED', 'ClosedError', new ClosedError('m', { cause })],
  ['MESSAGE_INCOMPLETE', 'MessageIncompleteError', new MessageIncompleteError()],
  ['MESSAGE_CANCELLED', 'MessageCancelledError', new MessageCancelledError('m', { cause })],
])('%s is a WebsonError named %s', (code, name, error) => {
  expect(error).toBeInstanceOf(WebsonError);
  expect(error).toBeInstanceOf(Error);
  expect([error.code, error.name]).toEqual([code, name]);
  expect(error.message).not.toBe('');
  expect([cause, undefined]).toContain(error.cause);
});

test('those of the peer have a close code', () => {
  expect(new ProtocolError('UTF8_INVALID', 1007, 'm').closeCode).toBe(1007);
  expect(new MessageTooLargeError('m')).toBeInstanceOf(ProtocolError);
  expect(new MessageTooLargeError('m').closeCode).toBe(1009);
});

test('HandshakeError keeps status and headers', () => {
  const error = new HandshakeError('REFUSED', 'm', { status: 401 });
  expect([error.status, error.headers]).toEqual([401, undefined]);
});
