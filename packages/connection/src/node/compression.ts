import {
  answerDeflate,
  CompressAnswerError,
  checkDeflateAnswer,
  type DeflateAgreement,
  DeflateError,
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
import type { Utf8Validator } from '@webson/frame';
import { type ExtensionSupport, HandshakeFailure } from '@webson/handshake';
import type { ConnectionOptions } from '../options/options.js';
import { ConfigError, MessageTooLargeError, ProtocolError } from '../protocol/contract/errors.js';
import type { Deflation, InflatingEvents, MessageCodec, SlicedInflation } from '../protocol/contract/message-codec.js';
import { InflatingBody, type Inflation } from '../protocol/inbound/inflating-body.js';
import { InflationRoom } from '../protocol/inbound/inflation-room.js';
import { inflationTotal } from '../protocol/inbound/inflation-total.js';
import type { PieceQueue } from '../protocol/inbound/piece-queue.js';

/** Bytes of zlib contexts that a connection may have for messages that are inflated as they arrive: over a thousand. */
const MOST_CONTEXTS = 72 << 20;

/** What is inflated in one turn of messages that are read as they arrive, as `MessageCodec.work` counts: a millisecond or two. */
const WORK_PER_TURN = 512 << 10;

/** What it costs to deflate a byte of what has many short matches, as `MessageCodec.work` counts: 40 ns, 400 from level 4 on. */
const WORK_OF_BYTE = 8;
const WORK_OF_BYTE_SLOW = 100;
const SLOW_FROM_LEVEL = 4;

/** permessage-deflate as this endpoint supports it. */
export interface Compression {
  readonly support: ExtensionSupport<DeflateAgreement>;
  /** What a connection works with when the agreement is reached. */
  codec(agreement: DeflateAgreement): MessageCodec;
}

/** What messages that are inflated as they arrive depend on. */
export interface InflationSurroundings {
  /** Bytes of a connection that may be inflated and not read, but for those who wait for more. */
  readonly mostUnread: number;
  /** Calls `action` in a later turn of the event loop. */
  later(action: () => void): void;
}

/** Compression as the options, in which it is on, want it. @throws ConfigError when one of them is wrong. */
export function compressionOf(
  options: ConnectionOptions,
  role: Role,
  surroundings: InflationSurroundings,
): Compression {
  let settings: ResolvedCompressOptions;
  try {
    settings = resolveCompressOptions(options.enableCompress || true);
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
    codec: (agreement) => new DeflateCodec(agreement, role, settings, surroundings),
  };
}

class DeflateCodec implements MessageCodec {
  readonly sharedKey: string | undefined;
  readonly #threshold: number;
  readonly #deflater: Deflater;
  readonly #inflater: Inflater;
  readonly #workOfByte: number;
  #deflatingWork = 0;
  readonly #isInOrder: boolean;
  readonly #surroundings: InflationSurroundings;
  // Most connections never need one.
  #room: InflationRoom | undefined;

  constructor(
    agreement: DeflateAgreement,
    role: Role,
    settings: ResolvedCompressOptions,
    surroundings: InflationSurroundings,
  ) {
    const direction = outbound(agreement, role);
    const { level, memLevel, threshold } = settings;
    this.sharedKey = direction.contextTakeover ? undefined : [direction.windowBits, level, memLevel, threshold].join();
    this.#deflater = new Deflater(direction, settings);
    this.#isInOrder = inbound(agreement, role).contextTakeover;
    this.#surroundings = surroundings;
    this.#threshold = threshold;
    this.#workOfByte = level >= 0 && level < SLOW_FROM_LEVEL ? WORK_OF_BYTE : WORK_OF_BYTE_SLOW;
    this.#inflater = new Inflater(inbound(agreement, role));
  }

  isLarge(payload: Uint8Array): boolean {
    return this.#deflater.isLarge(payload);
  }

  deflate(payload: Uint8Array): Uint8Array | undefined {
    if (payload.length >= this.#threshold) this.#deflatingWork += this.#workOfByte * payload.length;
    return orNothing(() => this.#deflater.tryDeflate(payload));
  }

  deflateLater(payload: Uint8Array, done: (deflated: Uint8Array | undefined) => void): void {
    this.#deflater.tryDeflateLater(payload, done);
  }

  startDeflating(first: Uint8Array): { deflation: Deflation; deflated: Uint8Array } | undefined {
    if (first.length < this.#threshold) return undefined;
    return orNothing(() => {
      const deflation = this.#deflater.start();
      const deflated = deflation.push(first);
      if (deflated.length < first.length) return { deflation, deflated };
      deflation.cancel();
      return undefined;
    });
  }

  get work(): number {
    return this.#inflater.work + this.#deflatingWork;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array | SlicedInflation {
    const begun = blamingPeer(limit, () => this.#inflater.begin(payload, limit));
    if (begun instanceof Uint8Array) return begun;
    return { step: () => blamingPeer(limit, () => begun.step()), cancel: () => begun.cancel() };
  }

  inflateArriving(
    queue: PieceQueue,
    limit: number,
    utf8: Utf8Validator | undefined,
    events: InflatingEvents,
  ): InflatingBody {
    this.#room ??= this.#openRoom();
    return new InflatingBody({ queue, start: () => this.#start(limit), room: this.#room, utf8, events });
  }

  close(): void {
    this.#deflater.close();
    // What has come whole is read to its end, however the connection ended.
    this.#inflater.retire();
    if (this.#room === undefined) this.#inflater.close();
    else this.#room.whenEmpty(() => this.#inflater.close());
  }

  #openRoom(): InflationRoom {
    const { mostUnread, later } = this.#surroundings;
    return new InflationRoom({
      isInOrder: this.#isInOrder,
      most: { unread: mostUnread, contexts: MOST_CONTEXTS },
      contextBytes: this.#inflater.contextBytes,
      total: inflationTotal,
      workPerTurn: WORK_PER_TURN,
      work: () => this.#inflater.work,
      later,
    });
  }

  #start(limit: number): Inflation {
    const message = blamingPeer(limit, () => this.#inflater.start(limit));
    return {
      get isDone() {
        return message.isDone;
      },
      push: (part) => blamingPeer(limit, () => message.push(part)),
      end: () => message.end(),
      pull: (most) => blamingPeer(limit, () => message.pull(most)),
      cancel: () => message.cancel(),
    };
  }
}

// A message that cannot be compressed for want of memory is sent as it is.
function orNothing<T>(action: () => T | undefined): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DeflateError)) throw error;
    return undefined;
  }
}

function blamingPeer<T>(limit: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    if (error.code === 'INFLATE_LIMIT') {
      throw new MessageTooLargeError(`a message of more than ${limit} bytes, maxMessageSize`, { cause: error });
    }
    throw new ProtocolError(error.code, error.closeCode, error.message, { cause: error });
  }
}
