/** The reserved bits as one three-bit number (RFC 6455 §5.2). */
export const Rsv = { Rsv1: 4, Rsv2: 2, Rsv3: 1 } as const;

/** Largest stream id: 15 bits of the stream header. */
export const MAX_STREAM_ID = 32767;

/** The cancel bit of the stream header. */
export const CANCEL_BIT = 0x8000;

/** The header of one frame, as the decoder reads it off the wire. */
export interface FrameHeader {
  /** Last frame of its message. */
  fin: boolean;
  /** Reserved bits: RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  rsv: number;
  opcode: number;
  masked: boolean;
  /** Bytes of application data, the stream header not counted; 0 to 2^53 - 1. */
  payloadLength: number;
  /** 1 to 32767; 0 when the frame has no stream header. */
  streamId: number;
  /** The sender gave the message up. */
  cancel: boolean;
}
