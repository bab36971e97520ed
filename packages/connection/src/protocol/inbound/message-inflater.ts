import { type FrameDecoder, Opcode } from '@webson/frame';
import type { MessageCodec, SlicedInflation } from '../contract/message-codec.js';
import type { Platform } from '../contract/platform.js';
import type { ReceiverEvents } from './receiver-events.js';
import { type TurnWork, Work } from './turn-work.js';
import { invalidUtf8 } from './violation.js';

/** The parts that a {@link MessageInflater} works with; they belong to its receiver. */
export interface MessageInflaterParts {
  readonly platform: Platform;
  readonly codec: MessageCodec;
  /** Most bytes of a message after inflation. */
  readonly maxMessageSize: number;
  /** The decoder, which is suspended while it must not read on. */
  readonly decoder: Pick<FrameDecoder, 'isLent' | 'suspend'>;
  /** The work of the turn, in which inflation is counted. */
  readonly work: TurnWork;
  /** Receives the inflated messages. */
  readonly events: Pick<ReceiverEvents, 'onMessage'>;
}

/**
 * Inflates the messages whose compressed payload is complete, and delivers them.
 *
 * - One message is inflated at a time, and the decoder is suspended until it is done: messages are delivered in the
 *   order of their last frames, and with context takeover a message may refer to the one before it (RFC 7692 §7.1.1).
 * - A message that takes long is inflated in steps. No step begins once the work of the turn is spent; `resume` goes on
 *   in a later turn.
 * - A text message is delivered only if its inflated payload is valid UTF-8 (RFC 6455 §8.1).
 */
export class MessageInflater {
  readonly #parts: MessageInflaterParts;
  // The message that takes more than one step.
  #current: { type: number; streamId: number; inflation: SlicedInflation } | undefined;
  // The value of the codec's `work` that is counted already.
  #countedWork = 0;

  constructor(parts: MessageInflaterParts) {
    this.#parts = parts;
  }

  /**
   * True while a message is not completely inflated. Then `resume` has to be called, and nothing else may be inflated.
   */
  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Inflates a message and delivers it, unless that takes more than this turn.
   *
   * @throws ProtocolError 1007 when the data is corrupt or not UTF-8, 1009 when the message is larger than
   *   `maxMessageSize`.
   */
  inflate(type: number, streamId: number, payload: Uint8Array): void {
    const { codec, decoder, maxMessageSize } = this.#parts;
    this.#spend(Work.Compressed);
    // Inflation may take more than this turn, and lent memory may hold other data by then.
    const own = decoder.isLent ? new Uint8Array(payload) : payload;
    const inflated = codec.inflate(own, maxMessageSize);
    if (inflated instanceof Uint8Array) {
      this.countWork();
      this.#deliver(type, streamId, inflated);
      return;
    }
    this.#current = { type, streamId, inflation: inflated };
    decoder.suspend();
    this.resume();
  }

  /**
   * Inflates more of the message in progress, and delivers it when it is complete. Returns false when more is left to
   * do in another turn.
   *
   * @throws ProtocolError as `inflate`.
   */
  resume(): boolean {
    while (this.#current !== undefined) {
      if (this.#parts.work.isSpent) return false;
      const { type, streamId, inflation } = this.#current;
      const content = inflation.step();
      this.countWork();
      if (content === undefined) continue;
      this.#current = undefined;
      this.#deliver(type, streamId, content);
    }
    return true;
  }

  /** Counts the codec's work since the last call as work of this turn, for messages inflated elsewhere, too. */
  countWork(): void {
    const { work } = this.#parts.codec;
    this.#spend(Math.ceil(((work - this.#countedWork) / 1024) * Work.InflatedKib));
    this.#countedWork = work;
  }

  /** Gives up the message in progress, if there is one. */
  cancel(): void {
    this.#current?.inflation.cancel();
    this.#current = undefined;
  }

  #spend(work: number): void {
    if (this.#parts.work.spend(work)) this.#parts.decoder.suspend();
  }

  #deliver(type: number, streamId: number, content: Uint8Array): void {
    const { platform, events } = this.#parts;
    if (type === Opcode.Text && !platform.isUtf8(content)) throw invalidUtf8();
    events.onMessage(type, streamId, content, false);
  }
}
