import type { InboundFlow } from '../contract/inbound-flow.js';
import type { MessageBody, Reading } from '../contract/message-body.js';
import type { MessageCodec } from '../contract/message-codec.js';
import type { InboundPlatform } from './inbound-platform.js';
import type { MessageInProgress, MessageTable } from './message-table.js';
import type { ReceiverEvents } from './receiver-events.js';

/** The parts that {@link Readers} work with; they belong to the receiver. */
export interface ReadersParts {
  readonly platform: InboundPlatform;
  /** Set when compression is negotiated. */
  readonly codec: MessageCodec | undefined;
  /** Most bytes of a message after inflation. */
  readonly maxMessageSize: number;
  readonly flow: InboundFlow;
  /** The messages in progress: flow control of a message ends when it leaves this table. */
  readonly messages: MessageTable;
  readonly events: Pick<ReceiverEvents, 'onMessageStart' | 'onStarving' | 'onFault'>;
}

/**
 * The readers of messages that are handed over as they arrive, and what they report back to flow control.
 *
 * - Bytes that a reader consumes are released to the connection's window always, and to the window of the message only
 *   while more of the message may arrive.
 * - A message whose reader has stopped has no `body`, and the peer is told once that nobody wants the rest.
 * - A reader that begins after `end` is cancelled at once.
 */
export class Readers {
  readonly #parts: ReadersParts;
  // Readers that wait for more of their messages.
  #starving = 0;
  #endReason: (() => Error) | undefined;

  constructor(parts: ReadersParts) {
    this.#parts = parts;
  }

  /** True while readers wait for more of their messages. */
  get isStarving(): boolean {
    return this.#starving > 0;
  }

  /** Announces a message that has begun, and sets its `body`. The message must be in the table. */
  start(message: MessageInProgress): void {
    let isStopped = false;
    const reading: Reading = {
      consumed: (bytes) => this.#consumed(message, bytes),
      stop: () => {
        isStopped = true;
        this.#stop(message);
      },
      starve: (isStarving) => this.#starve(message, isStarving),
      lag: (isLagging) => this.#lag(message, isLagging),
    };
    const { codec, events, platform } = this.#parts;
    const announce = (reading: Reading): MessageBody => {
      return events.onMessageStart(message.type, message.streamId, reading);
    };
    const body =
      message.isCompressed && codec !== undefined
        ? platform.inflating!.read(this.#parts, message.type, codec, reading, announce)
        : announce(reading);
    // The handler of `onMessageStart` may have failed the connection, or stopped the reader.
    if (this.#endReason !== undefined) {
      body.cancel(this.#endReason());
      return;
    }
    message.body = body;
    if (isStopped) this.#stop(message);
  }

  /**
   * No more of any message arrives.
   *
   * @param reason makes the error for readers that begin later. Only the first call counts.
   */
  end(reason: () => Error): void {
    this.#endReason ??= reason;
  }

  #consumed(message: MessageInProgress, bytes: number): void {
    const { flow } = this.#parts;
    flow.consumed(bytes);
    flow.release(this.#isOpen(message) ? message : undefined, bytes);
  }

  #starve(message: MessageInProgress, isStarving: boolean): void {
    const { flow, events } = this.#parts;
    this.#starving += isStarving ? 1 : -1;
    if (!isStarving || this.#isOpen(message)) flow.starve(message, isStarving);
    if (this.#starving === (isStarving ? 1 : 0)) events.onStarving();
  }

  #lag(message: MessageInProgress, isLagging: boolean): void {
    if (!isLagging || this.#isOpen(message)) this.#parts.flow.lag(message, isLagging);
  }

  // Drops the reader of a message: the receiver drops the bytes that still arrive.
  #stop(message: MessageInProgress): void {
    if (message.body === undefined) return;
    message.body = undefined;
    if (this.#isOpen(message)) this.#parts.flow.stop(message);
  }

  #isOpen(message: MessageInProgress): boolean {
    return this.#parts.messages.get(message.streamId) === message;
  }
}
