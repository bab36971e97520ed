import type { Utf8Validator } from '@webson/frame';
import type { PayloadBuffer } from './payload-buffer.js';

/** A message of which some frames have come, and the last has not. */
export interface MessageInProgress {
  readonly type: number;
  readonly streamId: number;
  readonly isCompressed: boolean;
  /** Frames so far, empty ones count. */
  fragments: number;
  /** Payload bytes announced so far by the headers of its frames. */
  announced: number;
  /** Payload so far. */
  readonly payload: PayloadBuffer;
  /** Checks text as it comes; absent for what is not text, or not plain. */
  readonly utf8: Utf8Validator | undefined;
  isAscii: boolean;
}

/** The messages in progress, by stream id. Without streams there is one slot, 0. */
export class MessageTable {
  readonly #messages = new Map<number, MessageInProgress>();
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
}
