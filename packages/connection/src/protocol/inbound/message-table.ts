import type { Utf8Validator } from '@webson/frame';
import type { MessageBody } from '../contract/message-body.js';
import type { InboundWindow } from '../contract/window.js';
import type { PayloadBuffer } from './payload-buffer.js';

/** A message whose first frame has arrived and whose last has not. */
export interface MessageInProgress {
  readonly type: number;
  readonly streamId: number;
  readonly isCompressed: boolean;
  /** The number of the message among all that the peer has opened: from 1, modulo 2^32. */
  readonly openNumber: number;
  /** Frames so far; empty frames count. */
  fragments: number;
  /** Payload bytes that the headers of its frames have announced so far. */
  announced: number;
  /** The payload so far of a message that is assembled; undefined when the message is read as it arrives. */
  readonly payload: PayloadBuffer | undefined;
  /**
   * The object that takes the payload as it arrives; undefined when the message is assembled, or nobody reads it any
   * more.
   */
  body: MessageBody | undefined;
  /** How much of it the peer may send; set with flow control. */
  readonly window: InboundWindow | undefined;
  /** Checks the text as it arrives; undefined for messages that are not text, and for compressed ones. */
  readonly utf8: Utf8Validator | undefined;
  /** True while all payload so far is ASCII. */
  isAscii: boolean;
  /** True when no byte of it has arrived since the last tick of the clock. */
  isStale: boolean;
}

/**
 * An empty map that all tables share until their first message: most connections never have one. It is never written
 * to.
 */
const NO_MESSAGES = new Map<number, MessageInProgress>();

/** The messages in progress, by stream id. Without streams the only id is 0 (RFC 6455 §5.4). */
export class MessageTable {
  #messages: Map<number, MessageInProgress> = NO_MESSAGES;
  // The message found last: a frame mostly belongs to the same message as the frame before it.
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

  /**
   * Marks every message as stale until more of it arrives. Returns true when a message is still stale from the last
   * call.
   *
   * @param isExcused no message is stale now, whatever has arrived.
   */
  markStale(isExcused: boolean): boolean {
    for (const message of this.#messages.values()) {
      // A message with unread bytes may wait for its reader here, which is not the peer's fault.
      if (isExcused || (message.window !== undefined && message.window.unread > 0)) {
        message.isStale = false;
        continue;
      }
      if (message.isStale) return true;
      message.isStale = true;
    }
    return false;
  }

  clear(): void {
    this.#messages.clear();
    this.#last = undefined;
  }

  [Symbol.iterator](): Iterator<MessageInProgress> {
    return this.#messages.values();
  }
}
