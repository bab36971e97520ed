import { CloseCode, isSendableCloseCode } from '@webson/frame';
import type { CarrierEnd } from '../../inner/message-carrier.js';
import { WebsonError } from '../../protocol/contract/errors.js';

/**
 * How a WebSocket ended whose platform says this code and this reason. A Close has come unless the code is 1006 (RFC 6455 §7.1.5), or
 * one that no Close can have. React Native says of no end that it was clean, and a stand-in may leave out either.
 */
export function platformEnd(code: unknown, reason: unknown): CarrierEnd {
  const text = typeof reason === 'string' ? reason : '';
  if (code === CloseCode.NoStatusReceived || (typeof code === 'number' && isSendableCloseCode(code))) {
    return { code, reason: text, wasClean: true };
  }
  if (code === CloseCode.AbnormalClosure) return { code, reason: text, wasClean: false };
  const message = `the WebSocket closed with ${String(code)}, which no Close can have`;
  return brokenEnd(new WebsonError('CARRIER_CLOSED', message));
}

/** The end of a WebSocket that this side gives up. */
export function brokenEnd(error?: Error): CarrierEnd {
  const end = { code: CloseCode.AbnormalClosure, reason: '', wasClean: false };
  return error === undefined ? end : { ...end, error };
}
