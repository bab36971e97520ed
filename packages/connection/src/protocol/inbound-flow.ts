import type { FlowEntry } from './flow-entry.js';
import type { MessageInProgress } from './message-table.js';
import type { ReceiveWindow } from './window.js';

/** Who has to do something about what is unread. */
export interface InboundFlowEvents {
  /** There are FLOW entries to send. */
  onGrant(): void;
  /** `isFull` has changed. */
  onUnread(): void;
}

/** Counts what has come and has not been read, and holds the peer back. */
export interface InboundFlow {
  /** True when there are entries to send. */
  readonly hasEntries: boolean;
  /** True when the peer may not send a byte before something is read, but of messages that readers wait for. */
  readonly isShut: boolean;
  /** True when that is so, and it may send of these. */
  readonly isReserved: boolean;
  /** Bytes unread that no window bounds: without flow control only reading less holds the peer back. */
  readonly unread: number;
  /** Bytes unread, whether windows bound them or not. */
  readonly held: number;
  /** True when they are so many that nothing should be read beside what a reader waits for. */
  readonly isFull: boolean;
  /** The window of a new message. */
  open(): ReceiveWindow | undefined;
  /** Counts what a frame announces. @throws ProtocolError 1008 when the peer sends more than it was allowed. */
  announce(window: ReceiveWindow | undefined, bytes: number): void;
  /** As `announce`, for a whole message in one frame: it has no window of its own to grant. */
  announceWhole(bytes: number): void;
  /** Counts bytes that have come and wait for a reader. */
  arrived(bytes: number): void;
  /** A reader took, or will never take, bytes that had `arrived`. */
  consumed(bytes: number): void;
  /** A reader has read all that has come of its message and waits for more of it, or waits no longer. */
  starve(message: MessageInProgress, isStarving: boolean): void;
  /** A message waits for its handler, or waits no longer. */
  lag(message: MessageInProgress, isLagging: boolean): void;
  /** A sender waits for room, or none does any more. */
  setAwaited(isAwaited: boolean): void;
  /** Lets the peer send as many bytes more: on the message, if more of it may come, and on the connection. */
  release(message: MessageInProgress | undefined, bytes: number): void;
  /** Tells the peer that nobody wants the rest of a message. */
  stop(message: MessageInProgress): void;
  /** The message has ended: what is to be said of it is of no use any more. */
  end(message: MessageInProgress): void;
  /** Everything to tell the peer, once. */
  take(): FlowEntry[];
}

/** Without flow control: reading pauses while too much is unread. */
export class UnreadLimit implements InboundFlow {
  readonly hasEntries = false;
  readonly isShut = false;
  readonly isReserved = false;
  readonly #max: number;
  readonly #events: InboundFlowEvents;
  #unread = 0;
  #isFull = false;

  /** @param max bytes unread at which reading pauses. */
  constructor(max: number, events: InboundFlowEvents) {
    this.#max = max;
    this.#events = events;
  }

  get unread(): number {
    return this.#unread;
  }

  get held(): number {
    return this.#unread;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  arrived(bytes: number): void {
    this.#unread += bytes;
    if (this.#isFull || this.#unread < this.#max) return;
    this.#isFull = true;
    this.#events.onUnread();
  }

  consumed(bytes: number): void {
    this.#unread -= bytes;
    if (!this.#isFull || this.#unread > this.#max / 2) return;
    this.#isFull = false;
    this.#events.onUnread();
  }

  // The peer is told nothing, and may send what it likes.

  open(): undefined {}
  announce(): void {}
  announceWhole(): void {}
  starve(): void {}
  lag(): void {}
  setAwaited(): void {}
  release(): void {}
  stop(): void {}
  end(): void {}

  take(): FlowEntry[] {
    return [];
  }
}
