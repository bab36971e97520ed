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
import { MessageTooLargeError, ProtocolError } from '../protocol/contract/errors.js';
import type { Deflation, InflatingEvents, MessageCodec, SlicedInflation } from '../protocol/contract/message-codec.js';
import { InflatingBody, type Inflation } from '../protocol/inbound/inflating-body.js';
import { InflationRoom } from '../protocol/inbound/inflation-room.js';
import { inflationTotal } from '../protocol/inbound/inflation-total.js';
import type { PieceQueue } from '../protocol/inbound/piece-queue.js';

export { COMPRESS_KINDS } from '@webson/compress';

/** Most bytes of zlib contexts that a connection may use for messages inflated as they arrive: over a thousand contexts. */
const MAX_CONTEXT_BYTES = 72 << 20;

/** Inflation of streamed messages in one turn, in units of `MessageCodec.work`: one or two milliseconds. */
const WORK_PER_TURN = 512 << 10;

/** The cost of deflating a byte of data with many short matches, in units of `MessageCodec.work`: about 40 ns. */
const WORK_PER_BYTE = 8;
/** The same cost from compression level 4 on: about 400 ns. */
const WORK_PER_BYTE_SLOW = 100;
const SLOW_FROM_LEVEL = 4;

/** permessage-deflate as this endpoint supports it. */
export interface Compression {
  readonly support: ExtensionSupport<DeflateAgreement>;
  /** Creates the codec of a connection on which the agreement was reached. */
  codec(agreement: DeflateAgreement): MessageCodec;
}

/** What the inflation of streamed messages needs from the connection. */
export interface InflationEnvironment {
  /** Most bytes of a connection that are inflated and not read, beside those that a waiting reader needs. */
  readonly maxUnread: number;
  /** Calls `action` in a later turn of the event loop. */
  later(action: () => void): void;
}

/** Compression as the options describe it, in which it is enabled. @throws CompressOptionError when one is wrong. */
export function compressionOf(options: ConnectionOptions, role: Role, environment: InflationEnvironment): Compression {
  let settings: ResolvedCompressOptions = resolveCompressOptions(options.enableCompress || true);
  // Interleaved messages cannot share a compression window, so streams exclude context takeover. A Go peer
  // supports neither context takeover nor smaller windows.
  if (options.enableStreams === true || options.dialect === 'go') settings = withoutContextTakeover(settings);
  if (options.dialect === 'go') {
    settings = { ...settings, clientWindowBits: MAX_WINDOW_BITS, serverWindowBits: MAX_WINDOW_BITS };
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
    codec: (agreement) => new DeflateCodec(agreement, role, settings, environment),
  };
}

/** The compression of one connection: one deflater, one inflater (RFC 7692 §7.2). */
class DeflateCodec implements MessageCodec {
  readonly sharedKey: string | undefined;
  readonly #threshold: number;
  readonly #deflater: Deflater;
  readonly #inflater: Inflater;
  readonly #workPerByte: number;
  #deflatingWork = 0;
  readonly #hasContextTakeover: boolean;
  readonly #environment: InflationEnvironment;
  // Created for the first streamed message, which most connections never receive.
  #room: InflationRoom | undefined;

  constructor(
    agreement: DeflateAgreement,
    role: Role,
    settings: ResolvedCompressOptions,
    environment: InflationEnvironment,
  ) {
    const direction = outbound(agreement, role);
    const { level, memLevel, threshold } = settings;
    this.sharedKey = direction.contextTakeover ? undefined : [direction.windowBits, level, memLevel, threshold].join();
    this.#deflater = new Deflater(direction, settings);
    this.#hasContextTakeover = inbound(agreement, role).contextTakeover;
    this.#environment = environment;
    this.#threshold = threshold;
    this.#workPerByte = level >= 0 && level < SLOW_FROM_LEVEL ? WORK_PER_BYTE : WORK_PER_BYTE_SLOW;
    this.#inflater = new Inflater(inbound(agreement, role));
  }

  isLarge(payload: Uint8Array): boolean {
    return this.#deflater.isLarge(payload);
  }

  deflate(payload: Uint8Array): Uint8Array | undefined {
    if (payload.length >= this.#threshold) this.#deflatingWork += this.#workPerByte * payload.length;
    return undefinedOnFailure(() => this.#deflater.tryDeflate(payload));
  }

  deflateLater(payload: Uint8Array, done: (deflated: Uint8Array | undefined) => void): void {
    this.#deflater.tryDeflateLater(payload, done);
  }

  startDeflating(first: Uint8Array): { deflation: Deflation; deflated: Uint8Array } | undefined {
    if (first.length < this.#threshold) return undefined;
    return undefinedOnFailure(() => {
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

  get mustWait(): boolean {
    return this.#hasContextTakeover && this.#room?.isEmpty === false;
  }

  close(): void {
    this.#deflater.close();
    // Messages that have arrived completely are inflated to their end, however the connection ended.
    this.#inflater.retire();
    if (this.#room === undefined) this.#inflater.close();
    else this.#room.whenEmpty(() => this.#inflater.close());
  }

  #openRoom(): InflationRoom {
    const { maxUnread, later } = this.#environment;
    return new InflationRoom({
      isInOrder: this.#hasContextTakeover,
      most: { unread: maxUnread, contexts: MAX_CONTEXT_BYTES },
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

// Returns undefined when zlib lacks memory: the message is sent uncompressed then.
function undefinedOnFailure<T>(action: () => T | undefined): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DeflateError)) throw error;
    return undefined;
  }
}

// Turns an error of the inflater into the error that fails the connection: the peer's data caused it.
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
