import { CloseCode, type FrameError } from '@webson/frame';
import type { WebsonErrorCode } from '../contract/error-code.js';
import { MessageTooLargeError, ProtocolError } from '../contract/errors.js';

/** The error for a frame that its sender may not send in the present state: close code 1002 (RFC 6455 §7.4.1). */
export function protocolError(code: WebsonErrorCode, message: string): ProtocolError {
  return new ProtocolError(code, CloseCode.ProtocolError, message);
}

/** The error for a limit, other than one on size, that the peer exceeds: close code 1008 (RFC 6455 §7.4.1). */
export function policyViolation(code: WebsonErrorCode, message: string): ProtocolError {
  return new ProtocolError(code, CloseCode.PolicyViolation, message);
}

/** The error for a text message whose payload is not valid UTF-8: close code 1007 (RFC 6455 §8.1). */
export function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}

/** The error for a frame that the decoder refuses, with the decoder's code, close code and message. */
export function frameViolation(cause: FrameError): ProtocolError {
  const { code, closeCode, message } = cause;
  if (closeCode === CloseCode.MessageTooBig) return new MessageTooLargeError(message, { cause });
  return new ProtocolError(code, closeCode, message, { cause });
}
