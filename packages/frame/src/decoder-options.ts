import { checkInteger } from './check-integer.js';
import { checkOptions, type OptionTypes } from './check-options.js';
import type { HeaderRules } from './header-reader.js';
import { privateMaskOf } from './private-mask.js';
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
const DECODER_OPTION_TYPES: OptionTypes<FrameDecoderOptions> = {
  masking: 'string',
  streams: 'boolean',
  compression: 'boolean',
  opcodes: 'object',
  maxPayloadSize: 'number',
  privateMask: 'Uint8Array',
  scanner: 'object',
};

const MASKING: readonly string[] = ['required', 'forbidden', 'optional'];

/**
 * What headers may have with these options.
 *
 * @throws RangeError when an option is out of its range, TypeError when it is of another type, or unknown.
 */
export function headerRulesOf(options: FrameDecoderOptions): HeaderRules {
  checkOptions('options', options, DECODER_OPTION_TYPES);
  const { masking = 'optional', streams = false, compression = false, opcodes = [], privateMask } = options;
  const { maxPayloadSize = DEFAULT_MAX_PAYLOAD_SIZE } = options;
  if (!MASKING.includes(masking)) {
    throw new RangeError(`masking: one of ${MASKING.join(', ')} expected, got ${String(masking)}`);
  }
  checkInteger('maxPayloadSize', maxPayloadSize, Number.MAX_SAFE_INTEGER);
  const secret = privateMask && privateMaskOf(privateMask);
  return { masking, streams, compression, opcodes, maxPayloadSize, privateMask: secret };
}
