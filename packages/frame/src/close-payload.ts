import { CloseCode, isSendableCloseCode } from './close-code.js';
import { FrameError } from './frame-error.js';
import { MAX_CONTROL_PAYLOAD } from './length.js';
import { isValidUtf8 } from './utf8.js';

/**
 * Encodes the payload of a Close frame: a close code of two bytes, then the reason in UTF-8 (RFC 6455 §5.5.1).
 * Without a code the payload is empty.
 *
 * @throws RangeError when the code may not be sent (RFC 6455 §7.4), when the reason takes more than 123 bytes, or when
 *   a reason is given without a code.
 */
export function encodeClosePayload(code?: number, reason = ''): Uint8Array {
  if (code === undefined) {
    if (reason !== '') throw new RangeError('close reason: a close code is expected before it');
    return new Uint8Array(0);
  }
  if (!isSendableCloseCode(code)) {
    throw new RangeError(`close code: 1000-1003, 1007-1014 or 3000-4999 expected, got ${code}`);
  }
  const text = new TextEncoder().encode(reason);
  if (text.length > MAX_CONTROL_PAYLOAD - 2) {
    throw new RangeError(
      `close reason: at most ${MAX_CONTROL_PAYLOAD - 2} bytes of UTF-8 expected, got ${text.length}`,
    );
  }
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}

/**
 * Decodes the payload of a Close frame. Returns `undefined` when it is empty, which means "no status received".
 *
 * @throws FrameError on a payload of one byte or a code that may not be on the wire (1002), or a reason that is not
 *   UTF-8 (1007) (RFC 6455 §5.5.1, §7.4, §8.1).
 */
export function decodeClosePayload(payload: Uint8Array): { code: number; reason: string } | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1) {
    throw new FrameError(
      'CLOSE_PAYLOAD_INVALID',
      CloseCode.ProtocolError,
      'close payload: 0 or at least 2 bytes expected',
    );
  }
  const code = (payload[0]! << 8) | payload[1]!;
  if (!isSendableCloseCode(code)) {
    throw new FrameError('CLOSE_CODE_INVALID', CloseCode.ProtocolError, `close code ${code} may not be on the wire`);
  }
  const text = payload.subarray(2);
  if (!isValidUtf8(text)) {
    throw new FrameError('UTF8_INVALID', CloseCode.InvalidPayload, 'close reason is not UTF-8');
  }
  return { code, reason: new TextDecoder('utf-8', { ignoreBOM: true }).decode(text) };
}
