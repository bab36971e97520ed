import type { FrameDecoderOptions } from '@webson/frame';
import type { MessageCodec } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';

/** The limits of a `Receiver`, and what was negotiated for it. */
export interface ReceiverOptions extends FrameDecoderOptions {
  /** Messages are handed over as they arrive, not when they are complete. */
  triggerOnStart: boolean;
  /** Most bytes of one complete message after inflation, and of all messages together that are being assembled. */
  maxMessageSize: number;
  /** Most frames of one message; empty frames count. */
  maxFragments: number;
  /** Most messages that may be in progress at a time. */
  maxStreams: number;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
  /**
   * The later frames of a message may repeat its opcode, as those of a Go peer do, instead of being continuation
   * frames.
   */
  repeatsOpcode?: boolean | undefined;
}

// Connections that share their receiver options share the decoder options, too.
const decoderOptions = new WeakMap<ReceiverOptions, FrameDecoderOptions>();

/** The options of the decoder that belongs to a receiver with these options. */
export function decoderOptionsOf(platform: Platform, options: ReceiverOptions): FrameDecoderOptions {
  const known = decoderOptions.get(options);
  if (known !== undefined) return known;
  // The payloads that the scanner finds lie in shared memory, so it is of no use on a platform that shares none.
  const scanner = platform.allocateShared === undefined ? undefined : platform.scanner;
  const { masking, streams, opcodes, maxPayloadSize, privateMask, codec } = options;
  const given = { masking, streams, opcodes, maxPayloadSize, privateMask, compression: codec !== undefined, scanner };
  // An option that is undefined counts as left out.
  const made = given as FrameDecoderOptions;
  decoderOptions.set(options, made);
  return made;
}
