import type { Utf8Validator } from '@webson/frame';
import type { MessageBody } from '../contract/message-body.js';
import type { InboundWindow } from '../contract/window.js';
import type { PayloadBuffer } from './payload-buffer.js';

/** A message of which some frames have come, and the last has not. */
export interface MessageInProgress {
  readonly type: number;
  readonly streamId: number;
  readonly isCompressed: boolean;
  /** Which of all the messages of the peer, from 1 on, modulo 2^32. */
  readonly openNumber: number;
  /** Frames so far, empty ones count. */
  fragments: number;
  /** Payload bytes announced so far by the headers of its frames. */
  announced: number;
  /** Payload so far, of a message that is put together before it is delivered, or inflated. */
  readonly payload: PayloadBuffer | undefined;
  /** Who takes it as it arrives. */
  body: MessageBody | undefined;
  /** What the peer may send of it; set with flow control. */
  readonly window: InboundWindow | undefined;
  /** Checks text as it comes; absent for what is not text, or not plain. */
  readonly utf8: Utf8Validator | undefined;
  isAscii: boolean;
  /** Nothing of it has come since the clock ticked last. */
  isStale: boolean;
}

/** Stands in until there is one: most connections never have any. */
const NO_MESSAGES = new Map<number, MessageInProgress>();

/** The messages in progress, by stream id. Without streams there is one slot, 0. */
export class MessageTable {
  #messages: Map<number, MessageInProgress> = NO_MESSAGES;
  // Frames of one message mostly follow each other.
  #last: MessageInProgress | undefined;

  get size(): number {
    return this.#messages.size;
  }

  get(streamId: number): MessageInProgress | undefined {
    if (this.#last !== undefined && this.#last.streamId === streamId) return this.#last;
    if (this.#messages.size === 0) return undefined;
    this.#last = this.#messages.get(streamId);
    return this.#last;
  }

  add(message: MessageInProgress): void {
    if (this.#messages === NO_MESSAGES) this.#messages = new Map();
    this.#messages.set(message.streamId, message);
    this.#last = message;
  }

  remove(message: MessageInProgress): void {
    this.#messages.delete(message.streamId);
    this.#last = undefined;
  }

  clear(): void {
    this.#messages.clear();
    this.#last = undefined;
  }

  [Symbol.iterator](): Iterator<MessageInProgress> {
    return this.#messages.values();
  }
}
