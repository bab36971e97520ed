import type { OptionTypes } from './check-options.js';
import type { FrameScanner } from './scanner.js';

/** Default of {@link FrameDecoderOptions.maxPayloadSize}: 100 MiB. */
export const DEFAULT_MAX_PAYLOAD_SIZE: number = 100 * 1024 * 1024;

/** Options of a {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  /** A server requires masked frames, a client forbids them (RFC 6455 §5.1); 'optional' by default. */
  masking?: 'required' | 'forbidden' | 'optional';
  /** True when streams were negotiated: every data frame then has RSV2 and a stream header. */
  streams?: boolean;
  /** True when compression was negotiated: the first frame of a message may then have RSV1 (RFC 7692 §6). */
  compression?: boolean;
  /** Opcodes accepted in addition to the standard ones: 0x3-0x7, 0xB-0xF. */
  opcodes?: Iterable<number>;
  /** The largest payload of one data frame in bytes, without its stream header: 0 to 2^53 - 1; 100 MiB by default. */
  maxPayloadSize?: number;
  /** A shared secret that widens the masking key; its length is a positive multiple of 4 bytes. */
  privateMask?: Uint8Array;
  /**
   * Finds and unmasks frames faster than the decoder does by itself. It is used when `push` is given a payload memory,
   * `masking` is not 'optional', and neither streams nor a private mask are on.
   */
  scanner?: FrameScanner | undefined;
}

/** The type of each. */
export const DECODER_OPTION_TYPES: OptionTypes<FrameDecoderOptions> = {
  masking: 'string',
  streams: 'boolean',
  compression: 'boolean',
  opcodes: 'object',
  maxPayloadSize: 'number',
  privateMask: 'Uint8Array',
  scanner: 'object',
};
