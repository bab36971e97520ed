/** Which framing rule was broken. The strings are stable. */
export type FrameErrorCode =
  | 'RESERVED_BITS'
  | 'RESERVED_OPCODE'
  | 'MASK_REQUIRED'
  | 'MASK_FORBIDDEN'
  | 'CONTROL_FRAGMENTED'
  | 'CONTROL_TOO_LONG'
  | 'LENGTH_NOT_MINIMAL'
  | 'LENGTH_INVALID'
  | 'PAYLOAD_TOO_LARGE'
  | 'STREAM_ID_INVALID'
  | 'STREAM_HEADER_MISSING'
  | 'CLOSE_PAYLOAD_INVALID'
  | 'CLOSE_CODE_INVALID'
  | 'UTF8_INVALID';

/** The peer broke a framing rule. `closeCode` is the close code to fail the connection with (RFC 6455 §7.1.7). */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: FrameErrorCode;
  readonly closeCode: number;

  constructor(code: FrameErrorCode, closeCode: number, message: string) {
    super(message);
    this.code = code;
    this.closeCode = closeCode;
  }
}
