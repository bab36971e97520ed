import type { FlowEntry } from './flow-entry.js';
import type { InboundWindow } from './window.js';

/** The events of an {@link InboundFlow}. */
export interface InboundFlowEvents {
  /** There are FLOW entries to send. */
  onGrant(): void;
  /** The value of `isFull` has changed. */
  onUnread(): void;
}

/** A message in progress, as flow control sees it. */
export interface FlowedMessage {
  readonly streamId: number;
  /** The number of the message among all that the peer has opened: from 1, modulo 2^32. */
  readonly openNumber: number;
  /** How much of it the peer may send; undefined without flow control. */
  readonly window: InboundWindow | undefined;
}

/**
 * Counts the bytes that have arrived and are not read, and holds the peer back.
 *
 * - Every byte is announced once, and released once when it is read or dropped.
 * - A peer that exceeds its windows fails the connection. Without windows, reading from the socket pauses instead.
 */
export interface InboundFlow {
  /** True when there are FLOW entries to send. */
  readonly hasEntries: boolean;
  /** True when the connection's window is used up, except for bytes reserved for messages that readers wait for. */
  readonly isShut: boolean;
  /** True when `isShut` is true and there are such reserved bytes. */
  readonly isReserved: boolean;
  /** Unread bytes that no window bounds: without flow control, only a pause in reading holds the peer back. */
  readonly unread: number;
  /** Bytes that have come plus bytes that were read or dropped since the connection began, whether windows bound them or not. */
  readonly moved: number;
  /** True when so many bytes are unread that reading from the socket should pause, unless a reader waits for more. */
  readonly isFull: boolean;
  /** Creates the window of a new message; undefined without flow control. */
  open(): InboundWindow | undefined;
  /** Counts the payload that a frame header announces. @throws ProtocolError 1008 when it exceeds a window. */
  announce(window: InboundWindow | undefined, bytes: number): void;
  /** Counts a whole message in one frame, which has no window of its own. @throws ProtocolError as `announce`. */
  announceWhole(bytes: number): void;
  /** Counts bytes that have arrived and wait for a reader. */
  arrived(bytes: number): void;
  /** Counts bytes that had `arrived` and that a reader has read, or will never read. */
  consumed(bytes: number): void;
  /**
   * Reports that the reader of a message has read all of it that has arrived and waits for more, or that it waits no
   * longer.
   */
  starve(message: FlowedMessage, isStarving: boolean): void;
  /** Reports that a message waits for its handler, or waits no longer. */
  lag(message: FlowedMessage, isLagging: boolean): void;
  /** Reports whether a sender on this side waits for room. */
  setAwaited(isAwaited: boolean): void;
  /**
   * Keeps back all grants, or sends them again, also those kept back. Returns false where there are no windows: then only a pause
   * in reading holds the peer back.
   */
  hold(isHeld: boolean): boolean;
  /** Lets the peer send so many bytes more on the connection, and on the message if it is given. */
  release(message: FlowedMessage | undefined, bytes: number): void;
  /** Tells the peer that nobody wants the rest of a message. */
  stop(message: FlowedMessage): void;
  /** Reports that a message has ended: entries about it are not sent any more. */
  end(message: FlowedMessage): void;
  /** Removes all entries that are to be sent and returns them, in the order in which the peer must read them. */
  take(): FlowEntry[];
}
