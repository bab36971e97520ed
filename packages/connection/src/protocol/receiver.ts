import {
  CloseCode,
  FrameDecoder,
  type FrameDecoderOptions,
  FrameError,
  type FrameHeader,
  type FrameSink,
  isControlOpcode,
  Opcode,
  Rsv,
  Utf8Validator,
} from '@webson/frame';
import { MessageTooLargeError, ProtocolError } from './errors.js';
import type { MessageCodec } from './message-codec.js';
import { type MessageInProgress, MessageTable } from './message-table.js';
import { PayloadBuffer } from './payload-buffer.js';
import type { Platform } from './platform.js';

/** What a {@link Receiver} makes of the frames. */
export interface ReceiverEvents {
  /** A message is complete. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A control frame has come. */
  onControl(opcode: number, payload: Uint8Array): void;
}

/** The limits a {@link Receiver} keeps. */
export interface ReceiverOptions extends FrameDecoderOptions {
  /** Bytes of one complete message, after inflation. */
  maxMessageSize: number;
  /** Frames of one message, empty ones count. */
  maxFragments: number;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
}

/** Puts the peer's frames together to messages (RFC 6455 §5.4, §8.1), within the limits. */
export class Receiver implements FrameSink {
  readonly #platform: Platform;
  readonly #decoder: FrameDecoder;
  readonly #events: ReceiverEvents;
  readonly #maxMessageSize: number;
  readonly #maxFragments: number;
  readonly #codec: MessageCodec | undefined;
  readonly #messages = new MessageTable();

  // The frame being read: a control frame, a whole message, or one more part of a message in progress.
  #header!: FrameHeader;
  #message: MessageInProgress | undefined;

  constructor(platform: Platform, options: ReceiverOptions, events: ReceiverEvents) {
    this.#platform = platform;
    this.#decoder = new FrameDecoder({ ...options, compression: options.codec !== undefined });
    this.#events = events;
    this.#maxMessageSize = options.maxMessageSize;
    this.#maxFragments = options.maxFragments;
    this.#codec = options.codec;
  }

  /** True when no frame and no message has been begun: the stream may end here. */
  get isIdle(): boolean {
    return this.#decoder.isIdle && this.#messages.size === 0;
  }

  /** @throws ProtocolError at the first byte that breaks the protocol or goes over a limit; then nothing more is read. */
  push(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk, this);
    } catch (error) {
      this.#messages.clear();
      this.#message = undefined;
      if (!(error instanceof FrameError)) throw error;
      if (error.closeCode === CloseCode.MessageTooBig) {
        throw new MessageTooLargeError(error.message, { cause: error });
      }
      throw new ProtocolError(error.code, error.closeCode, error.message, { cause: error });
    }
  }

  /** Ignores everything from now on. */
  stop(): void {
    this.#decoder.stop();
    this.#messages.clear();
  }

  onHeader(header: FrameHeader): void {
    this.#header = header;
    this.#message = undefined;
    if (isControlOpcode(header.opcode)) return;
    let message = this.#messages.get(header.streamId);
    if (header.opcode === Opcode.Continuation) {
      // RFC 6455 §5.4
      if (message === undefined) throw protocolError('NO_MESSAGE', 'a continuation frame without a message');
    } else {
      if (message !== undefined) throw protocolError('MESSAGE_OPEN', 'a new message before the last one ended');
      this.#checkSize(header.payloadLength, (header.rsv & Rsv.Rsv1) !== 0);
      // A message in one frame needs no entry in the table, as long as it also comes in one piece.
      if (header.fin) return;
      message = this.#begin(header);
    }
    this.#message = message;
    message.announced += header.payloadLength;
    // RFC 6455 §7.4.1: 1008 is for when 1009 does not suit better.
    this.#checkSize(message.announced, message.isCompressed);
    if (++message.fragments > this.#maxFragments) {
      throw new ProtocolError(
        'TOO_MANY_FRAGMENTS',
        CloseCode.PolicyViolation,
        `a message of more than maxFragments, ${this.#maxFragments} frames`,
      );
    }
  }

  onPayload(slice: Uint8Array, last: boolean): void {
    const { opcode, rsv, fin, streamId } = this.#header;
    if (isControlOpcode(opcode)) {
      this.#events.onControl(opcode, slice);
      return;
    }
    let message = this.#message;
    if (message === undefined) {
      if (last) {
        this.#deliver(opcode, streamId, slice, (rsv & Rsv.Rsv1) !== 0, this.#decoder.isAscii, false);
        return;
      }
      message = this.#begin(this.#header);
      message.announced = this.#header.payloadLength;
      this.#message = message;
    }
    if (slice.length > 0) {
      message.isAscii &&= this.#decoder.isAscii;
      if (message.utf8 !== undefined && !(this.#decoder.isAscii && message.utf8.isComplete)) {
        if (!message.utf8.push(slice)) throw invalidUtf8();
      }
      message.payload.append(slice, fin ? message.announced : Number.POSITIVE_INFINITY);
    }
    if (!last || !fin) return;
    this.#messages.remove(message);
    this.#message = undefined;
    if (message.utf8?.isComplete === false) throw invalidUtf8();
    this.#deliver(message.type, streamId, message.payload.take(), message.isCompressed, message.isAscii, true);
  }

  #begin(header: FrameHeader): MessageInProgress {
    const isCompressed = (header.rsv & Rsv.Rsv1) !== 0;
    const message: MessageInProgress = {
      type: header.opcode,
      streamId: header.streamId,
      isCompressed,
      fragments: 0,
      announced: 0,
      payload: new PayloadBuffer(this.#platform, header.payloadLength),
      utf8:
        header.opcode === Opcode.Text && !isCompressed
          ? new Utf8Validator((bytes) => this.#platform.isUtf8(bytes))
          : undefined,
      isAscii: true,
    };
    this.#messages.add(message);
    return message;
  }

  #deliver(
    type: number,
    streamId: number,
    payload: Uint8Array,
    isCompressed: boolean,
    isAscii: boolean,
    isChecked: boolean,
  ): void {
    let content = payload;
    let ascii = isAscii;
    let checked = isChecked;
    if (isCompressed && this.#codec !== undefined) {
      content = this.#codec.inflate(payload, this.#maxMessageSize);
      ascii = false;
      checked = false;
    }
    if (type === Opcode.Text && !ascii && !checked && !this.#platform.isUtf8(content)) throw invalidUtf8();
    this.#events.onMessage(type, streamId, content, ascii);
  }

  // From the headers, before anything is allocated. A compressed message may be a little longer than what it stands for.
  #checkSize(announced: number, isCompressed: boolean): void {
    const limit = this.#maxMessageSize;
    if (announced > (isCompressed ? limit + Math.ceil(limit / 256) + 64 : limit)) {
      throw new MessageTooLargeError(`a message of ${announced} bytes, maxMessageSize is ${limit}`);
    }
  }
}

function protocolError(code: string, message: string): ProtocolError {
  return new ProtocolError(code, CloseCode.ProtocolError, message);
}

function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}
