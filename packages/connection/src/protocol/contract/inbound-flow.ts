import type { FlowEntry } from './flow-entry.js';
import type { InboundWindow } from './window.js';

/** Who has to do something about what is unread. */
export interface InboundFlowEvents {
  /** There are FLOW entries to send. */
  onGrant(): void;
  /** `isFull` has changed. */
  onUnread(): void;
}

/** A message in progress, as far as flow control needs to know it. */
export interface FlowedMessage {
  readonly streamId: number;
  /** Which of all the messages of the peer, from 1 on, modulo 2^32. */
  readonly openNumber: number;
  /** What the peer may send of it. */
  readonly window: InboundWindow | undefined;
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
  open(): InboundWindow | undefined;
  /** Counts what a frame announces. @throws ProtocolError 1008 when the peer sends more than it was allowed. */
  announce(window: InboundWindow | undefined, bytes: number): void;
  /** As `announce`, for a whole message in one frame: it has no window of its own to grant. */
  announceWhole(bytes: number): void;
  /** Counts bytes that have come and wait for a reader. */
  arrived(bytes: number): void;
  /** A reader took, or will never take, bytes that had `arrived`. */
  consumed(bytes: number): void;
  /** A reader has read all that has come of its message and waits for more of it, or waits no longer. */
  starve(message: FlowedMessage, isStarving: boolean): void;
  /** A message waits for its handler, or waits no longer. */
  lag(message: FlowedMessage, isLagging: boolean): void;
  /** A sender waits for room, or none does any more. */
  setAwaited(isAwaited: boolean): void;
  /** Lets the peer send as many bytes more: on the message, if more of it may come, and on the connection. */
  release(message: FlowedMessage | undefined, bytes: number): void;
  /** Tells the peer that nobody wants the rest of a message. */
  stop(message: FlowedMessage): void;
  /** The message has ended: what is to be said of it is of no use any more. */
  end(message: FlowedMessage): void;
  /** Everything to tell the peer, once. */
  take(): FlowEntry[];
}
