import { type CloseInfo, HandshakeError } from '@webson/connection';

/**
 * Milliseconds that the server asks to wait for, by the field `Retry-After` of the answer with which it refused: seconds, or
 * a date (RFC 9110 §10.2.3). 0 when it does not ask, or not so that it can be understood.
 */
export function retryAfter(cause: CloseInfo | Error): number {
  if (!(cause instanceof HandshakeError)) return 0;
  const value = cause.headers?.get('retry-after')?.trim();
  if (value === undefined || value === '') return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? 0 : Math.max(time - Date.now(), 0);
}
