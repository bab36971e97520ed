import {
  FrameError,
  type FrameHeader,
  type FrameSink,
  isControlOpcode,
  Opcode,
  Rsv,
  Utf8Validator,
} from '@webson/frame';
import { MessageCancelledError } from '../contract/errors.js';
import type { InboundFlow } from '../contract/inbound-flow.js';
import type { MessageBody } from '../contract/message-body.js';
import type { FrameReader } from '../contract/platform.js';
import type { InboundPlatform } from './inbound-platform.js';
import { type KeptMemory, keptMemoryOf } from './kept-memory.js';
import type { MessageInflater } from './message-inflater.js';
import { checkSize, MessageLimits } from './message-limits.js';
import { type MessageInProgress, MessageTable } from './message-table.js';
import { PayloadBuffer } from './payload-buffer.js';
import { Readers } from './readers.js';
import type { ReceiverEvents } from './receiver-events.js';
import { decoderOptionsOf, type ReceiverOptions } from './receiver-options.js';
import { TurnWork, Work } from './turn-work.js';
import { frameViolation, invalidUtf8, policyViolation, protocolError } from './violation.js';

/** The bytes that a sender removes from the end of a compressed message (RFC 7692 §7.2.1). */
const DEFLATE_TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** The bits of all types: 0 to 15. */
const ALL_TYPES = 0xffff;

/**
 * Assembles messages from the peer's frames, within the limits.
 *
 * - The frames of a message follow each other in order, on its stream; control frames may come between them (RFC 6455
 *   §5.4). A message in one frame that also arrives in one piece never enters the table of messages.
 * - Limits apply to what a frame header announces, before memory is allocated for the payload (RFC 6455 §10.4).
 * - Text is checked as it arrives, so that invalid UTF-8 fails the connection at the first invalid byte (RFC 6455
 *   §8.1). Compressed text is checked after inflation.
 * - RSV1 on the first frame marks the whole message as compressed (RFC 7692 §6.1).
 * - After an error, and after `stop`, nothing more is read.
 */
export class Receiver implements FrameSink {
  readonly #platform: InboundPlatform;
  readonly #decoder: FrameReader;
  readonly #options: ReceiverOptions;
  readonly #flow: InboundFlow;
  readonly #events: ReceiverEvents;
  readonly #memory: KeptMemory;
  readonly #messages = new MessageTable();
  readonly #limits: MessageLimits;
  // Messages that the peer has opened so far, modulo 2^32.
  #openNumber = 0;
  readonly #work = new TurnWork();
  // Set when compression is negotiated.
  readonly #inflater: MessageInflater | undefined;
  // Created for the first message that is handed over as it arrives.
  #readers: Readers | undefined;
  // The types of messages that are handed over as they arrive, bit by bit.
  #streamed: number;

  // The header of the frame that is being read, and the message in progress that the frame belongs to.
  #header!: FrameHeader;
  #message: MessageInProgress | undefined;

  constructor(platform: InboundPlatform, options: ReceiverOptions, flow: InboundFlow, events: ReceiverEvents) {
    this.#platform = platform;
    this.#decoder = platform.createDecoder(decoderOptionsOf(platform, options));
    this.#options = options;
    this.#limits = new MessageLimits(options);
    this.#flow = flow;
    this.#events = events;
    this.#memory = keptMemoryOf(platform);
    const { codec, maxMessageSize } = options;
    if (codec !== undefined) {
      const [decoder, work] = [this.#decoder, this.#work];
      this.#inflater = platform.inflating!.whole({ platform, codec, maxMessageSize, decoder, work, events });
    }
    this.#streamed = options.triggerOnStart ? ALL_TYPES : 0;
  }

  /** True while readers wait for more of their messages. */
  get isStarving(): boolean {
    return this.#readers?.isStarving === true;
  }

  /**
   * Messages that begin from now on are handed over as they arrive if their type is among these.
   *
   * @param types the bit of a type is 1 << type.
   */
  setStreamed(types: number): void {
    this.#streamed = types;
  }

  /** The work that is left for this turn of the event loop. */
  get work(): TurnWork {
    return this.#work;
  }

  /**
   * True when work is left although all bytes that were pushed are read: `push`, with an empty chunk, goes on with it.
   */
  get hasMore(): boolean {
    return this.#inflater?.isBusy === true;
  }

  /** Accepts these opcodes too, beginning with the next frame. */
  accept(opcodes: Iterable<number>): void {
    this.#decoder.accept(opcodes);
  }

  /**
   * Called during an event: stops reading behind the present frame, so that `push` returns before the end of the chunk.
   */
  suspend(): void {
    this.#decoder.suspend();
  }

  /**
   * Reads a chunk. The chunk is overwritten, and only lent for the time of the call: delivered payloads are copies.
   *
   * @returns the bytes of the chunk that were read: fewer than all when the work of this turn is spent, or after
   *   `suspend`.
   * @throws ProtocolError at the first byte that breaks the protocol or exceeds a limit; then nothing more is read.
   */
  push(chunk: Uint8Array): number {
    try {
      if (this.#inflater?.isBusy === true && !this.#inflater.resume()) return 0;
      const read = this.#decoder.push(chunk, this, this.#memory);
      this.#work.spend((read * Work.ReadKib) >>> 10);
      return read;
    } catch (error) {
      throw error instanceof FrameError ? frameViolation(error) : error;
    }
  }

  /**
   * Ignores all that arrives from now on.
   *
   * @param reason makes the error for the readers of messages in progress. It is a function because most often there
   *   are no such readers, and creating an error takes longer than all the rest of ending a connection.
   */
  stop(reason: () => Error): void {
    this.#decoder.stop();
    this.#inflater?.cancel();
    this.#readers?.end(reason);
    this.#message = undefined;
    if (this.#messages.size === 0) return;
    const error = reason();
    const messages = [...this.#messages];
    this.#messages.clear();
    for (const { body } of messages) body?.cancel(error);
  }

  /**
   * Looks for idle messages; called at each tick of the clock.
   *
   * @param isJudging false when the peer could not send, or was not read from, for part of the time since the last
   *   tick.
   * @throws ProtocolError 1008 when no byte of an unfinished message has arrived since the tick before the last one.
   */
  tick(isJudging: boolean): void {
    this.#limits.tick();
    if (this.#messages.markStale(!isJudging || this.#flow.isShut)) {
      throw policyViolation('STREAM_IDLE', 'an unfinished stream was idle for streamIdleTimeout');
    }
  }

  onHeader(header: FrameHeader): void {
    this.#header = header;
    this.#message = undefined;
    this.#spend(Work.Frame);
    if (isControlOpcode(header.opcode)) return;
    let message = this.#messages.get(header.streamId);
    if (header.cancel) {
      // The payload of a cancel frame would count against no window and no limit. A Go peer may send the last bytes of
      // its source in it.
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
      // A message in one frame enters the table only if `onPayload` gets it in more than one piece.
      if (header.fin) {
        const compressed = isCompressed(header);
        const isStreamed = this.#isStreamed(header.opcode, compressed);
        if (!isStreamed) checkSize(header.payloadLength, compressed, this.#options.maxMessageSize);
        return;
      }
      message = this.#begin(header);
    }
    this.#message = message;
    message.fragments++;
    this.#limits.announce(message, payloadLength);
    this.#flow.announce(message.window, payloadLength);
  }

  onWhole(opcode: number, rsv: number, streamId: number, payload: Uint8Array): void {
    const { length } = payload;
    const compressed = (rsv & Rsv.Rsv1) !== 0;
    // This repeats `#spend` because a call for each message would show.
    if (this.#work.spend(Work.Message)) this.#decoder.suspend();
    // This repeats `#isStreamed` for the same reason.
    const isStreamed = ((this.#streamed >>> opcode) & 1) !== 0 || (compressed && this.#mustWait);
    if ((compressed && isStreamed) || this.#messages.get(streamId) !== undefined) {
      this.onHeader({ fin: true, rsv, opcode, masked: false, payloadLength: length, streamId, cancel: false });
      this.onPayload(payload, true);
      return;
    }
    this.#checkOpen();
    if (!isStreamed) checkSize(length, compressed, this.#options.maxMessageSize);
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
      const isInflated = isCompressed(header);
      if (last && (!isInflated || !this.#isStreamed(opcode, true))) {
        this.#flow.announceWhole(slice.length);
        const payload = isInflated || !this.#decoder.isLent ? slice : this.#memory.keep(slice, 0, slice.length);
        this.#deliver(opcode, streamId, payload, isInflated);
        return;
      }
      message = this.#begin(header);
      this.#message = message;
      message.fragments = 1;
      this.#limits.announce(message, header.payloadLength);
      this.#flow.announce(message.window, header.payloadLength);
    }
    if (slice.length > 0) this.#append(message, slice, fin);
    if (last && fin) this.#finish(message);
    // A message that is read as it arrives may just have been inflated. The count includes what was inflated for
    // readers in turns in which no frame arrived.
    if (message.isCompressed) this.#inflater?.countWork();
  }

  #spend(work: number): void {
    if (this.#work.spend(work)) this.#decoder.suspend();
  }

  // Takes a later frame that repeats the opcode of its message. Returns the bytes to count in addition to its payload.
  #continueRepeated(message: MessageInProgress, header: FrameHeader): number {
    if (header.opcode !== message.type) {
      throw protocolError('MESSAGE_OPEN', 'a message of another type before the last one ended');
    }
    if (!isCompressed(header) || header.payloadLength === 0) return 0;
    if (!message.isCompressed) throw protocolError('RESERVED_BITS', 'RSV1 on a later frame of a plain message');
    // A Go peer deflates each frame separately, and removes the tail of each.
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
    const isStreamed = this.#isStreamed(type, compressed);
    const message: MessageInProgress = {
      type,
      streamId,
      isCompressed: compressed,
      openNumber: this.#openNumber,
      fragments: 0,
      announced: 0,
      payload: isStreamed ? undefined : new PayloadBuffer(this.#platform, header.payloadLength),
      body: undefined,
      window: this.#flow.open(),
      utf8: type === Opcode.Text && !compressed ? this.#newValidator() : undefined,
      isAscii: true,
      isStale: false,
    };
    this.#messages.add(message);
    if (isStreamed) {
      this.#spend(Work.Begun);
      this.#readers ??= this.#openReaders();
      this.#readers.start(message);
    }
    return message;
  }

  #isStreamed(type: number, compressed: boolean): boolean {
    return ((this.#streamed >>> type) & 1) !== 0 || (compressed && this.#mustWait);
  }

  // A message of any type that has to wait for the inflation of others is handed over as it arrives.
  get #mustWait(): boolean {
    return this.#options.codec?.mustWait === true;
  }

  #openReaders(): Readers {
    const { codec, maxMessageSize } = this.#options;
    const [platform, flow, messages, events] = [this.#platform, this.#flow, this.#messages, this.#events];
    return new Readers({ platform, codec, maxMessageSize, flow, messages, events });
  }

  #newValidator(): Utf8Validator {
    return new Utf8Validator((bytes) => this.#platform.isUtf8(bytes));
  }

  #checkOpen(): void {
    const { maxStreams } = this.#options;
    if (this.#messages.size >= maxStreams) {
      throw policyViolation('TOO_MANY_STREAMS', `more than ${maxStreams} open streams, maxStreams`);
    }
    this.#openNumber = (this.#openNumber + 1) >>> 0;
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
    // The window is released at once: an assembled message is read only when it is complete, so it could not wait for
    // its reader. Bytes that nobody reads are dropped.
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
    // A cancel that answers our STOP does not count.
    const isAnswer = message !== undefined && message.payload === undefined && message.body === undefined;
    if (!isAnswer) this.#limits.cancel();
    // A cancel of a message that is not open is ignored: the message may have ended before.
    if (message === undefined) return;
    this.#remove(message)?.cancel(new MessageCancelledError('the peer gave the message up'));
  }

  // Returns the object that takes the message as it arrives, if it has not stopped.
  #remove(message: MessageInProgress): MessageBody | undefined {
    this.#messages.remove(message);
    this.#message = undefined;
    this.#flow.end(message);
    this.#limits.release(message);
    const { body } = message;
    message.body = undefined;
    return body;
  }

  #deliver(
    type: number,
    streamId: number,
    payload: Uint8Array,
    compressed: boolean,
    checked?: MessageInProgress,
  ): void {
    if (!compressed || this.#inflater === undefined) {
      const isChecked = type !== Opcode.Text || checked?.utf8 !== undefined || this.#decoder.isAscii;
      if (!isChecked && !this.#platform.isUtf8(payload)) throw invalidUtf8();
      this.#events.onMessage(type, streamId, payload, (checked ?? this.#decoder).isAscii);
      return;
    }
    this.#inflater.inflate(type, streamId, payload);
  }
}

function isCompressed(header: FrameHeader): boolean {
  return (header.rsv & Rsv.Rsv1) !== 0;
}
