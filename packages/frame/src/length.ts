/** Bytes of the longest header: 2, then 8 of extended length, 4 of masking key, 2 of stream header. */
export const MAX_HEADER_LENGTH = 16;

/** Bytes of the largest payload that a control frame may have (RFC 6455 §5.5). */
export const MAX_CONTROL_PAYLOAD = 125;

/** Bytes of the stream header, which precedes the application data when streams were negotiated. */
export const STREAM_HEADER_LENGTH = 2;

/** Bytes of the extended length for a payload of `length` bytes: 0, 2 or 8, always the fewest (RFC 6455 §5.2). */
export function extendedLengthBytes(length: number): 0 | 2 | 8 {
  if (length <= 125) return 0;
  return length <= 0xffff ? 2 : 8;
}

/** Bytes before the payload: 2, then extended length and masking key. `length` includes the stream header. */
export function headerLength(length: number, masked: boolean): number {
  return 2 + extendedLengthBytes(length) + (masked ? 4 : 0);
}
