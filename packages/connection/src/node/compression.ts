import {
  answerDeflate,
  CompressAnswerError,
  checkDeflateAnswer,
  type DeflateAgreement,
  Deflater,
  EXTENSION_NAME,
  InflateError,
  Inflater,
  inbound,
  MAX_WINDOW_BITS,
  offerDeflate,
  outbound,
  type ResolvedCompressOptions,
  type Role,
  resolveCompressOptions,
  withoutContextTakeover,
} from '@webson/compress';
import { type ExtensionSupport, HandshakeFailure } from '@webson/handshake';
import type { ConnectionOptions } from '../options.js';
import { ConfigError, MessageTooLargeError, ProtocolError } from '../protocol/errors.js';
import type { MessageCodec } from '../protocol/message-codec.js';

/** permessage-deflate as this endpoint supports it. */
export interface Compression {
  readonly support: ExtensionSupport<DeflateAgreement>;
  /** What a connection works with when the agreement is reached. */
  codec(agreement: DeflateAgreement): MessageCodec;
}

/** Compression as the options want it; undefined when it is off. @throws ConfigError when one of them is wrong. */
export function compressionOf(options: ConnectionOptions, role: Role): Compression | undefined {
  const { enableCompress = false } = options;
  if (enableCompress === false) return undefined;
  let settings: ResolvedCompressOptions;
  try {
    settings = resolveCompressOptions(enableCompress);
    // Interleaved messages cannot share a window. A Go peer knows neither takeover nor smaller windows.
    if (options.enableStreams === true || options.dialect === 'go') settings = withoutContextTakeover(settings);
    if (options.dialect === 'go') {
      settings = { ...settings, clientWindowBits: MAX_WINDOW_BITS, serverWindowBits: MAX_WINDOW_BITS };
    }
  } catch (error) {
    throw new ConfigError(`enableCompress: ${(error as Error).message}`, { cause: error });
  }
  return {
    support: {
      name: EXTENSION_NAME,
      rsv: 4,
      offer: () => offerDeflate(settings),
      answer(offers) {
        const answer = answerDeflate(offers, settings);
        return answer === undefined ? undefined : { extension: answer.extension, settings: answer.agreement };
      },
      accept(answer) {
        try {
          const agreement = checkDeflateAnswer([answer], offerDeflate(settings), settings);
          if (agreement !== undefined) return agreement;
        } catch (error) {
          if (!(error instanceof CompressAnswerError)) throw error;
          throw new HandshakeFailure('BAD_EXTENSIONS', error.message);
        }
        throw new HandshakeFailure('BAD_EXTENSIONS', `${EXTENSION_NAME} was not answered`);
      },
    },
    codec: (agreement) => new DeflateCodec(agreement, role, settings),
  };
}

class DeflateCodec implements MessageCodec {
  readonly sharedKey: string | undefined;
  readonly #deflater: Deflater;
  readonly #inflater: Inflater;

  constructor(agreement: DeflateAgreement, role: Role, settings: ResolvedCompressOptions) {
    const direction = outbound(agreement, role);
    const { level, memLevel, threshold } = settings;
    this.sharedKey = direction.contextTakeover ? undefined : [direction.windowBits, level, memLevel, threshold].join();
    this.#deflater = new Deflater(direction, settings);
    this.#inflater = new Inflater(inbound(agreement, role));
  }

  deflate(payload: Uint8Array): Uint8Array | undefined {
    return this.#deflater.tryDeflate(payload);
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array {
    try {
      return this.#inflater.inflate(payload, limit);
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      if (error.code === 'INFLATE_LIMIT') {
        throw new MessageTooLargeError(`a message of more than ${limit} bytes, maxMessageSize`, { cause: error });
      }
      throw new ProtocolError(error.code, error.closeCode, error.message, { cause: error });
    }
  }

  close(): void {
    this.#deflater.close();
    this.#inflater.close();
  }
}
