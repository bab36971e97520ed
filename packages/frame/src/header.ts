/** The reserved bits as one three-bit number (RFC 6455 §5.2). */
export const Rsv = { Rsv1: 4, Rsv2: 2, Rsv3: 1 } as const;

/** The largest stream id; it takes 15 bits of the stream header. */
export const MAX_STREAM_ID = 32767;

/** The top bit of the stream header: the sender gave up the message. */
export const CANCEL_BIT = 0x8000;

/** The header of one frame, as the decoder reads it off the wire. */
export interface FrameHeader {
  /** True for the last frame of a message. */
  fin: boolean;
  /** Reserved bits: RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  rsv: number;
  opcode: number;
  masked: boolean;
  /** Bytes of application data, the stream header not counted; 0 to 2^53 - 1. */
  payloadLength: number;
  /** 1 to 32767; 0 when the frame has no stream header. */
  streamId: number;
  /** True when the sender gave up the message. */
  cancel: boolean;
}
