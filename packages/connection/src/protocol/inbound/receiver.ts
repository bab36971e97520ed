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
import { MessageCancelledError, MessageTooLargeError, ProtocolError } from '../contract/errors.js';
import type { InboundFlow } from '../contract/inbound-flow.js';
import type { MessageBody, Reading } from '../contract/message-body.js';
import type { MessageCodec, SlicedInflation } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';
import { type KeptMemory, keptMemoryOf } from './kept-memory.js';
import { type MessageInProgress, MessageTable } from './message-table.js';
import { PayloadBuffer } from './payload-buffer.js';
import { PieceQueue } from './piece-queue.js';
import { TurnWork, Work } from './turn-work.js';

/** What a {@link Receiver} makes of the frames. */
export interface ReceiverEvents {
  /** A message is complete. `isAscii`: known to be all ASCII. */
  onMessage(type: number, streamId: number, payload: Uint8Array, isAscii: boolean): void;
  /** A message has begun; only with `triggerOnStart`. */
  onMessageStart(type: number, streamId: number, reading: Reading): MessageBody;
  /** The first of the readers waits for more of its message, or the last of them waits no longer. */
  onStarving(): void;
  /** A message turns out to be at fault while it is read. */
  onFault(error: unknown): void;
  /** A control frame has come. */
  onControl(opcode: number, payload: Uint8Array): void;
}

/** The limits a {@link Receiver} keeps. */
export interface ReceiverOptions extends FrameDecoderOptions {
  /** Messages are handed over as they arrive. */
  triggerOnStart: boolean;
  /** Bytes of one complete message, after inflation; of all that are being put together on streams, too. */
  maxMessageSize: number;
  /** Frames of one message, empty ones count. */
  maxFragments: number;
  /** Messages that may be in progress at a time. */
  maxStreams: number;
  /** Set when compression is negotiated. */
  codec?: MessageCodec | undefined;
  /** Frames of a message that is open may have its opcode, as a Go peer's do, in place of that of a continuation. */
  repeatsOpcode?: boolean | undefined;
}

/** Messages that the peer may cancel between two ticks of the clock, beside as many as it may have open: it may be leaving. */
const CANCELS_PER_TICK = 1000;
/** What a sender leaves out at the end of a compressed message (RFC 7692 §7.2.1). */
const DEFLATE_TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);
/** A message read as it arrives may have a frame more for so many bytes. */
const BYTES_PER_FRAGMENT = 1024;

// By what a receiver accepts: connections that share that share these.
const decoderOptions = new WeakMap<ReceiverOptions, FrameDecoderOptions>();

function decoderOptionsOf(platform: Platform, options: ReceiverOptions): FrameDecoderOptions {
  const known = decoderOptions.get(options);
  if (known !== undefined) return known;
  // What it finds lies in memory that is shared.
  const scanner = platform.allocateShared === undefined ? undefined : platform.scanner;
  const made = { ...options, compression: options.codec !== undefined, scanner };
  decoderOptions.set(options, made);
  return made;
}

/** Puts the peer's frames together to messages (RFC 6455 §5.4, §8.1), within the limits. */
export class Receiver implements FrameSink {
  readonly #platform: Platform;
  readonly #decoder: FrameDecoder;
  readonly #options: ReceiverOptions;
  readonly #flow: InboundFlow;
  readonly #events: ReceiverEvents;
  readonly #memory: KeptMemory;
  readonly #messages = new MessageTable();
  // Bytes of all the messages that are being put together.
  #assembling = 0;
  #openNumber = 0;
  #cancels = 0;
  #starving = 0;
  readonly #work = new TurnWork();
  // A message that takes more than one turn to inflate.
  #inflating: { type: number; streamId: number; inflation: SlicedInflation } | undefined;
  // What the codec had done when it was looked at last.
  #inflatedBefore = 0;
  // Set by `stop`.
  #end: (() => Error) | undefined;

  // The frame being read: a control frame, a whole message, or one more part of a message in progress.
  #header!: FrameHeader;
  #message: MessageInProgress | undefined;

  constructor(platform: Platform, options: ReceiverOptions, flow: InboundFlow, events: ReceiverEvents) {
    this.#platform = platform;
    this.#decoder = new FrameDecoder(decoderOptionsOf(platform, options));
    this.#options = options;
    this.#flow = flow;
    this.#events = events;
    this.#memory = keptMemoryOf(platform);
  }

  /** True while readers wait for more of their messages. */
  get isStarving(): boolean {
    return this.#starving > 0;
  }

  /** What may be done in this turn of the event loop. */
  get work(): TurnWork {
    return this.#work;
  }

  /** True when there is more to do although all that was pushed is read: `push` goes on with it. */
  get hasMore(): boolean {
    return this.#inflating !== undefined;
  }

  /** From within an event: leaves what follows in the chunk for later. */
  suspend(): void {
    this.#decoder.suspend();
  }

  /**
   * Takes a chunk, which is written to and is of use only for the time of the call: what is delivered of it is copied.
   *
   * @returns bytes of the chunk that were read: fewer than all when the work for this turn is done, or after `suspend`.
   * @throws ProtocolError at the first byte that breaks the protocol or goes over a limit; then nothing more is read.
   */
  push(chunk: Uint8Array): number {
    try {
      if (this.#inflating !== undefined && !this.#goOnInflating()) return 0;
      const read = this.#decoder.push(chunk, this, this.#memory);
      this.#work.spend((read * Work.ReadKib) >>> 10);
      return read;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (error.closeCode === CloseCode.MessageTooBig) {
        throw new MessageTooLargeError(error.message, { cause: error });
      }
      throw new ProtocolError(error.code, error.closeCode, error.message, { cause: error });
    }
  }

  /**
   * Ignores everything from now on.
   *
   * @param reason makes the error that the readers of messages in progress get: most often there are none, and to make one
   *   takes longer than all else that ends a connection.
   */
  stop(reason: () => Error): void {
    this.#decoder.stop();
    this.#inflating?.inflation.cancel();
    this.#inflating = undefined;
    this.#end ??= reason;
    this.#message = undefined;
    if (this.#messages.size === 0) return;
    const error = reason();
    const messages = [...this.#messages];
    this.#messages.clear();
    for (const { body } of messages) body?.cancel(error);
  }

  /**
   * A tick of the clock.
   *
   * @param isJudging false when the peer could not send, or was not heard, for some of the time.
   * @throws ProtocolError 1008 when nothing has come of an unfinished message since the last tick but one.
   */
  tick(isJudging: boolean): void {
    this.#cancels = 0;
    const isExcused = !isJudging || this.#flow.isShut;
    for (const message of this.#messages) {
      // One whose window is used up waits for its reader here, not for the peer.
      if (isExcused || (message.window !== undefined && message.window.unread > 0)) {
        message.isStale = false;
        continue;
      }
      if (message.isStale) {
        throw new ProtocolError(
          'STREAM_IDLE',
          CloseCode.PolicyViolation,
          'an unfinished stream was idle for streamIdleTimeout',
        );
      }
      message.isStale = true;
    }
  }

  onHeader(header: FrameHeader): void {
    this.#header = header;
    this.#message = undefined;
    this.#spend(Work.Frame);
    if (isControlOpcode(header.opcode)) return;
    let message = this.#messages.get(header.streamId);
    if (header.cancel) {
      // It would count against no window, nor any other limit. A Go peer may put in what its source gave last.
      if (header.payloadLength > 0 && this.#options.repeatsOpcode !== true) {
        throw protocolError('CANCEL_PAYLOAD', 'a cancel frame with a payload');
      }
      this.#cancel(message);
      return;
    }
    let { payloadLength } = header;
    if (header.opcode === Opcode.Continuation) {
      // RFC 6455 §5.4
      if (message === undefined) throw protocolError('NO_MESSAGE', 'a continuation frame without a message');
    } else if (message !== undefined && this.#options.repeatsOpcode === true) {
      payloadLength += this.#continueRepeated(message, header);
    } else {
      if (message !== undefined) throw protocolError('MESSAGE_OPEN', 'a new message before the last one ended');
      this.#checkOpen();
      // A message in one frame needs no entry in the table, as long as it also comes in one piece.
      if (header.fin) {
        if (!this.#options.triggerOnStart) this.#checkSize(header.payloadLength, isCompressed(header));
        return;
      }
      message = this.#begin(header);
    }
    this.#message = message;
    message.fragments++;
    this.#announce(message, payloadLength);
  }

  onWhole(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void {
    const { length } = payload;
    const compressed = (rsv & Rsv.Rsv1) !== 0;
    // Not by way of `#spend`: each call counts here.
    if (this.#work.spend(Work.Message)) this.#decoder.suspend();
    if ((compressed && this.#options.triggerOnStart) || this.#messages.get(streamId) !== undefined) {
      this.onHeader({ fin: true, rsv, opcode, masked: false, payloadLength: length, streamId, cancel: false });
      this.onPayload(payload, true);
      return;
    }
    this.#checkOpen();
    if (!this.#options.triggerOnStart) this.#checkSize(length, compressed);
    this.#flow.announceWhole(length);
    this.#deliver(opcode, streamId, payload, compressed);
  }

  onPayload(slice: Uint8Array, last: boolean): void {
    const header = this.#header;
    const { opcode, fin, streamId } = header;
    if (isControlOpcode(opcode)) {
      this.#events.onControl(opcode, slice);
      return;
    }
    if (header.cancel) return;
    let message = this.#message;
    if (message === undefined) {
      if (last && (!this.#options.triggerOnStart || !isCompressed(header))) {
        this.#flow.announceWhole(slice.length);
        const isInflated = isCompressed(header);
        const payload = isInflated || !this.#decoder.isLent ? slice : this.#memory.keep(slice, 0, slice.length);
        this.#deliver(opcode, streamId, payload, isInflated);
        return;
      }
      message = this.#begin(header);
      this.#message = message;
      message.fragments = 1;
      this.#announce(message, header.payloadLength);
    }
    if (slice.length > 0) this.#append(message, slice, fin);
    if (last && fin) this.#finish(message);
    // What was inflated in turns of its own is counted with it.
    if (message.isCompressed && this.#options.codec !== undefined) this.#spendInflating(this.#options.codec);
  }

  #spend(work: number): void {
    if (this.#work.spend(work)) this.#decoder.suspend();
  }

  // A later frame with the opcode of its message. Returns bytes to be counted beside its own.
  #continueRepeated(message: MessageInProgress, header: FrameHeader): number {
    if (header.opcode !== message.type) {
      throw protocolError('MESSAGE_OPEN', 'a message of another type before the last one ended');
    }
    if (!isCompressed(header) || header.payloadLength === 0) return 0;
    if (!message.isCompressed) throw protocolError('RESERVED_BITS', 'RSV1 on a later frame of a plain message');
    // A Go peer deflates each frame by itself, and leaves out the end of each.
    message.payload?.append(DEFLATE_TAIL, Number.POSITIVE_INFINITY);
    if (message.body !== undefined) {
      this.#flow.arrived(DEFLATE_TAIL.length);
      message.body.append(DEFLATE_TAIL);
    }
    return DEFLATE_TAIL.length;
  }

  #begin(header: FrameHeader): MessageInProgress {
    const { opcode: type, streamId } = header;
    const compressed = isCompressed(header);
    const { triggerOnStart } = this.#options;
    const message: MessageInProgress = {
      type,
      streamId,
      isCompressed: compressed,
      openNumber: this.#openNumber,
      fragments: 0,
      announced: 0,
      payload: triggerOnStart ? undefined : new PayloadBuffer(this.#platform, header.payloadLength),
      body: undefined,
      window: this.#flow.open(),
      utf8: type === Opcode.Text && !compressed ? this.#newValidator() : undefined,
      isAscii: true,
      isStale: false,
    };
    this.#messages.add(message);
    if (triggerOnStart) {
      this.#spend(Work.Begun);
      this.#startReading(message);
    }
    return message;
  }

  #startReading(message: MessageInProgress): void {
    let isStopped = false;
    const reading: Reading = {
      consumed: (bytes) => this.#consumed(message, bytes),
      stop: () => {
        isStopped = true;
        this.#stopReading(message);
      },
      starve: (isStarving) => this.#starve(message, isStarving),
      lag: (isLagging) => this.#lag(message, isLagging),
    };
    const { codec } = this.#options;
    const body =
      message.isCompressed && codec !== undefined
        ? this.#inflate(message, codec, reading)
        : this.#announceStart(message, reading);
    // Who got to know of it may have failed the connection, or wanted none of it.
    if (this.#end !== undefined) {
      body.cancel(this.#end());
      return;
    }
    message.body = body;
    if (isStopped) this.#stopReading(message);
  }

  #announceStart({ type, streamId }: MessageInProgress, reading: Reading): MessageBody {
    return this.#events.onMessageStart(type, streamId, reading);
  }

  // What comes of the message goes to its reader inflated.
  #inflate(message: MessageInProgress, codec: MessageCodec, reading: Reading): MessageBody {
    const utf8 = message.type === Opcode.Text ? this.#newValidator() : undefined;
    const inflating = codec.inflateArriving(new PieceQueue(), this.#options.maxMessageSize, utf8, {
      onUsed: (bytes) => reading.consumed(bytes),
      onStop: () => reading.stop(),
      onStarve: (isStarving) => reading.starve(isStarving),
      onFault: (error) => this.#events.onFault(error),
    });
    let isStopped = false;
    const reader = this.#announceStart(message, {
      isFirst: inflating.isFirst,
      consumed: (bytes) => inflating.consumed(bytes),
      wanted: () => inflating.wanted(),
      stop: () => {
        isStopped = true;
        inflating.stop();
      },
      starve: (isStarving) => inflating.starve(isStarving),
      lag: (isLagging) => reading.lag(isLagging),
    });
    if (!isStopped) inflating.reader = reader;
    return inflating;
  }

  #newValidator(): Utf8Validator {
    return new Utf8Validator((bytes) => this.#platform.isUtf8(bytes));
  }

  #checkOpen(): void {
    if (this.#messages.size >= this.#options.maxStreams) {
      throw new ProtocolError(
        'TOO_MANY_STREAMS',
        CloseCode.PolicyViolation,
        `more than ${this.#options.maxStreams} open streams, maxStreams`,
      );
    }
    this.#openNumber = (this.#openNumber + 1) >>> 0;
  }

  // Counts what a frame announces, before anything is allocated for it.
  #announce(message: MessageInProgress, bytes: number): void {
    message.announced += bytes;
    const { maxFragments } = this.#options;
    if (message.payload !== undefined) {
      this.#assembling += bytes;
      // RFC 6455 §7.4.1: 1008 is for what no other code says better, and 1009 does.
      this.#checkSize(Math.max(message.announced, this.#assembling), message.isCompressed);
    } else if (message.isCompressed) {
      this.#checkSize(message.announced, true);
    }
    const more = message.payload === undefined ? message.announced / BYTES_PER_FRAGMENT : 0;
    if (message.fragments > maxFragments + more) {
      throw new ProtocolError(
        'TOO_MANY_FRAGMENTS',
        CloseCode.PolicyViolation,
        `a message of more than maxFragments, ${maxFragments} frames`,
      );
    }
    this.#flow.announce(message.window, bytes);
  }

  #append(message: MessageInProgress, slice: Uint8Array, isLastFrame: boolean): void {
    const { isAscii } = this.#decoder;
    message.isStale = false;
    message.isAscii &&= isAscii;
    if (message.utf8 !== undefined && !(isAscii && message.utf8.isComplete) && !message.utf8.push(slice)) {
      throw invalidUtf8();
    }
    if (message.payload === undefined && message.body !== undefined) {
      this.#flow.arrived(slice.length);
      message.body.append(slice, true);
      return;
    }
    message.payload?.append(slice, isLastFrame ? message.announced : Number.POSITIVE_INFINITY);
    // What is put together could never be completed if it had to be read first; what nobody reads is dropped.
    this.#flow.release(message, slice.length);
  }

  #finish(message: MessageInProgress): void {
    const { type, streamId, payload } = message;
    const body = this.#remove(message);
    if (message.utf8?.isComplete === false) {
      const error = invalidUtf8();
      body?.cancel(error);
      throw error;
    }
    if (payload === undefined) body?.finish();
    else this.#deliver(type, streamId, payload.take(), message.isCompressed, message);
  }

  #cancel(message: MessageInProgress | undefined): void {
    // The answer to a stop of ours is no fault of the peer.
    const isAnswer = this.#options.triggerOnStart && message !== undefined && message.body === undefined;
    if (!isAnswer && ++this.#cancels > CANCELS_PER_TICK + this.#options.maxStreams) {
      throw new ProtocolError('TOO_MANY_CANCELS', CloseCode.PolicyViolation, 'too many cancelled streams');
    }
    // A cancel of what is not open is ignored: it may have crossed the end of the message.
    if (message === undefined) return;
    this.#remove(message)?.cancel(new MessageCancelledError('the peer gave the message up'));
  }

  #consumed(message: MessageInProgress, bytes: number): void {
    this.#flow.consumed(bytes);
    this.#flow.release(this.#isOpen(message) ? message : undefined, bytes);
  }

  #starve(message: MessageInProgress, isStarving: boolean): void {
    this.#starving += isStarving ? 1 : -1;
    if (!isStarving || this.#isOpen(message)) this.#flow.starve(message, isStarving);
    if (this.#starving === (isStarving ? 1 : 0)) this.#events.onStarving();
  }

  #lag(message: MessageInProgress, isLagging: boolean): void {
    if (!isLagging || this.#isOpen(message)) this.#flow.lag(message, isLagging);
  }

  // Nobody reads the message any more: what still comes of it is dropped.
  #stopReading(message: MessageInProgress): void {
    if (message.body === undefined) return;
    message.body = undefined;
    if (this.#isOpen(message)) this.#flow.stop(message);
  }

  // Returns who took the message as it arrived, if anybody still does.
  #remove(message: MessageInProgress): MessageBody | undefined {
    this.#messages.remove(message);
    this.#message = undefined;
    this.#flow.end(message);
    if (message.payload !== undefined) this.#assembling -= message.announced;
    const { body } = message;
    message.body = undefined;
    return body;
  }

  #isOpen(message: MessageInProgress): boolean {
    return this.#messages.get(message.streamId) === message;
  }

  #deliver(
    type: number,
    streamId: number,
    payload: Uint8Array,
    compressed: boolean,
    checked?: MessageInProgress,
  ): void {
    const { codec, maxMessageSize } = this.#options;
    if (!compressed || codec === undefined) {
      const isChecked = type !== Opcode.Text || checked?.utf8 !== undefined || this.#decoder.isAscii;
      if (!isChecked && !this.#platform.isUtf8(payload)) throw invalidUtf8();
      this.#events.onMessage(type, streamId, payload, (checked ?? this.#decoder).isAscii);
      return;
    }
    this.#spend(Work.Compressed);
    // It may take more than this turn, and the chunk may be used for others then.
    const own = this.#decoder.isLent ? new Uint8Array(payload) : payload;
    const inflated = codec.inflate(own, maxMessageSize);
    if (inflated instanceof Uint8Array) {
      this.#spendInflating(codec);
      this.#deliverInflated(type, streamId, inflated);
      return;
    }
    // Nothing else is decoded before it is done.
    this.#inflating = { type, streamId, inflation: inflated };
    this.#decoder.suspend();
    this.#goOnInflating();
  }

  // False when there is more to do in another turn.
  #goOnInflating(): boolean {
    const { codec } = this.#options;
    while (this.#inflating !== undefined && codec !== undefined) {
      if (this.#work.isSpent) return false;
      const { type, streamId, inflation } = this.#inflating;
      const content = inflation.step();
      this.#spendInflating(codec);
      if (content === undefined) continue;
      this.#inflating = undefined;
      this.#deliverInflated(type, streamId, content);
    }
    return true;
  }

  #spendInflating(codec: MessageCodec): void {
    const { work } = codec;
    this.#spend(Math.ceil(((work - this.#inflatedBefore) / 1024) * Work.InflatedKib));
    this.#inflatedBefore = work;
  }

  #deliverInflated(type: number, streamId: number, content: Uint8Array): void {
    if (type === Opcode.Text && !this.#platform.isUtf8(content)) throw invalidUtf8();
    this.#events.onMessage(type, streamId, content, false);
  }

  // A compressed message may be a little longer than what it stands for.
  #checkSize(announced: number, compressed: boolean): void {
    const limit = this.#options.maxMessageSize;
    if (announced > (compressed ? limit + Math.ceil(limit / 256) + 64 : limit)) {
      throw new MessageTooLargeError(`a message of ${announced} bytes, maxMessageSize is ${limit}`);
    }
  }
}

function isCompressed(header: FrameHeader): boolean {
  return (header.rsv & Rsv.Rsv1) !== 0;
}

function protocolError(code: string, message: string): ProtocolError {
  return new ProtocolError(code, CloseCode.ProtocolError, message);
}

function invalidUtf8(): ProtocolError {
  return new ProtocolError('UTF8_INVALID', CloseCode.InvalidPayload, 'text that is not UTF-8');
}
