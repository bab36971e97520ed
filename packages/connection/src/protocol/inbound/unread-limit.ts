import type { FlowEntry } from '../contract/flow-entry.js';
import type { InboundFlow, InboundFlowEvents } from '../contract/inbound-flow.js';

/** Inbound flow without flow control by windows: reading from the socket pauses while too many bytes are unread. */
export class UnreadLimit implements InboundFlow {
  readonly hasEntries = false;
  readonly isShut = false;
  readonly isReserved = false;
  readonly #max: number;
  readonly #events: InboundFlowEvents;
  #unread = 0;
  #moved = 0;
  #isFull = false;

  /** @param max unread bytes at which reading pauses; it goes on at half as many. */
  constructor(max: number, events: InboundFlowEvents) {
    this.#max = max;
    this.#events = events;
  }

  get unread(): number {
    return this.#unread;
  }

  get moved(): number {
    return this.#moved;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  arrived(bytes: number): void {
    this.#unread += bytes;
    this.#moved += bytes;
    if (this.#isFull || this.#unread < this.#max) return;
    this.#isFull = true;
    this.#events.onUnread();
  }

  consumed(bytes: number): void {
    this.#unread -= bytes;
    this.#moved += bytes;
    if (!this.#isFull || this.#unread > this.#max / 2) return;
    this.#isFull = false;
    this.#events.onUnread();
  }

  // Without windows there is nothing to tell the peer, which may send what it likes.

  open(): undefined {}
  announce(): void {}
  announceWhole(): void {}
  starve(): void {}
  lag(): void {}
  setAwaited(): void {}

  hold(): boolean {
    return false;
  }
  release(): void {}
  stop(): void {}
  end(): void {}

  take(): FlowEntry[] {
    return [];
  }
}
