import type { FrameScanner } from './scanner.js';

/** Default of {@link FrameDecoderOptions.maxPayloadSize}: 100 MiB. */
export const DEFAULT_MAX_PAYLOAD_SIZE: number = 100 * 1024 * 1024;

/** What a {@link FrameDecoder} accepts. */
export interface FrameDecoderOptions {
  /** A server requires masked frames, a client forbids them (RFC 6455 §5.1); 'optional' by default. */
  masking?: 'required' | 'forbidden' | 'optional';
  /** Streams are negotiated: every data frame has RSV2 and a stream header. */
  streams?: boolean;
  /** Compression is negotiated: the first frame of a message may have RSV1. */
  compression?: boolean;
  /** Opcodes accepted beside the standard ones: 0x3-0x7, 0xB-0xF. */
  opcodes?: Iterable<number>;
  /** Bytes of application data in one data frame, 0 to 2^53 - 1; 100 MiB by default. */
  maxPayloadSize?: number;
  /** Shared secret that widens the masking key; its length is a multiple of 4. */
  privateMask?: Uint8Array;
  /** Reads chunks, in its memory, when `push` is given a memory; with `masking` said, and nothing switched on. */
  scanner?: FrameScanner | undefined;
}
