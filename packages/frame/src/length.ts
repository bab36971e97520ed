/** Longest header: 2 bytes, 8 of length, 4 of masking key, 2 of stream header. */
export const MAX_HEADER_LENGTH = 16;

/** Largest payload a control frame may have (RFC 6455 §5.5). */
export const MAX_CONTROL_PAYLOAD = 125;

/** Length of the stream header that precedes the application data when streams are negotiated. */
export const STREAM_HEADER_LENGTH = 2;

/** Bytes of extended length that a payload of `length` bytes takes: 0, 2 or 8, always the fewest (RFC 6455 §5.2). */
export function extendedLengthBytes(length: number): 0 | 2 | 8 {
  if (length <= 125) return 0;
  return length <= 0xffff ? 2 : 8;
}

/** Bytes before the payload of a frame: head, extended length and masking key. `length` counts the stream header. */
export function headerLength(length: number, masked: boolean): number {
  return 2 + extendedLengthBytes(length) + (masked ? 4 : 0);
}
