import { type CloseInfo, HandshakeError } from '@webson/connection';

/**
 * Milliseconds that the server asks a client to wait, by the field `Retry-After` of the response that refused it, which
 * holds seconds or a date (RFC 9110 §10.2.3). 0 when there is no such field, or its value is malformed.
 */
export function retryAfter(cause: CloseInfo | Error): number {
  if (!(cause instanceof HandshakeError)) return 0;
  const value = cause.headers?.get('retry-after')?.trim();
  if (value === undefined || value === '') return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? 0 : Math.max(time - Date.now(), 0);
}
