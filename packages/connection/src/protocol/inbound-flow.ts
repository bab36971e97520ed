import { CloseCode } from '@webson/frame';
import { ProtocolError } from './errors.js';
import { type FlowEntry, FlowKind } from './flow-frame.js';
import type { MessageInProgress } from './message-table.js';
import type { FlowWindows } from './stream-extension.js';
import { ReceiveWindow } from './window.js';

/** Who has to do something about what is unread. */
export interface InboundFlowEvents {
  /** There are FLOW entries to send. */
  onGrant(): void;
  /** Reading should pause, or go on: without flow control only that holds the peer back. */
  onUnread(isFull: boolean): void;
}

/** Without flow control there are none: nothing is ever put in. */
const NO_ENTRIES = new Map<number, FlowEntry>();

/** Counts what has come and has not been read, and tells the peer how much more it may send. */
export class InboundFlow {
  readonly #windows: FlowWindows | undefined;
  readonly #connection: ReceiveWindow | undefined;
  readonly #maxUnread: number;
  readonly #events: InboundFlowEvents;
  // By stream, so that a grant replaces the one before it that has not been sent.
  readonly #grants: Map<number, FlowEntry>;
  readonly #stops: Map<number, FlowEntry>;
  #unread = 0;
  #isFull = false;

  /**
   * @param windows what this side allows, when flow control is negotiated.
   * @param maxUnread bytes unread at which reading pauses, when it is not.
   */
  constructor(windows: FlowWindows | undefined, maxUnread: number, events: InboundFlowEvents) {
    this.#windows = windows;
    this.#grants = windows === undefined ? NO_ENTRIES : new Map();
    this.#stops = windows === undefined ? NO_ENTRIES : new Map();
    this.#connection = windows && new ReceiveWindow(windows.connection);
    this.#maxUnread = maxUnread;
    this.#events = events;
  }

  /** True when there are entries to send. */
  get hasEntries(): boolean {
    return this.#grants.size > 0 || this.#stops.size > 0;
  }

  /** True when the peer may not send a byte before something is read. */
  get isShut(): boolean {
    return this.#connection?.available === 0;
  }

  /** The window of a new message. */
  open(): ReceiveWindow | undefined {
    return this.#windows && new ReceiveWindow(this.#windows.stream);
  }

  /** Counts what a frame announces. @throws ProtocolError 1008 when the peer sends more than it was allowed. */
  announce(window: ReceiveWindow | undefined, bytes: number): void {
    if (window?.receive(bytes) === false || this.#connection?.receive(bytes) === false) {
      throw new ProtocolError(
        'WINDOW_EXCEEDED',
        CloseCode.PolicyViolation,
        'more bytes than streamWindow or connectionWindow allow',
      );
    }
  }

  /** A whole message in one frame: no window of its own to grant, but the one of the connection. */
  announceWhole(bytes: number): void {
    if (this.#windows === undefined) return;
    if (bytes > this.#windows.stream || this.#connection?.receive(bytes) === false) {
      throw new ProtocolError(
        'WINDOW_EXCEEDED',
        CloseCode.PolicyViolation,
        'more bytes than streamWindow or connectionWindow allow',
      );
    }
    this.#grantConnection(bytes);
  }

  /** Counts bytes that have come and wait for a reader. */
  arrived(bytes: number): void {
    this.#unread += bytes;
    if (this.#connection !== undefined || this.#isFull || this.#unread < this.#maxUnread) return;
    this.#isFull = true;
    this.#events.onUnread(true);
  }

  /** A reader took, or will never take, bytes that had `arrived`. */
  consumed(bytes: number): void {
    this.#unread -= bytes;
    if (!this.#isFull || this.#unread > this.#maxUnread / 2) return;
    this.#isFull = false;
    this.#events.onUnread(false);
  }

  /** Lets the peer send as many bytes more: on the message, if more of it may come, and on the connection. */
  release(message: MessageInProgress | undefined, bytes: number): void {
    if (message?.window !== undefined) {
      const limit = message.window.consume(bytes);
      if (limit !== undefined) this.#grant(message.streamId, message.openNumber, limit);
    }
    this.#grantConnection(bytes);
  }

  /** Tells the peer that nobody wants the rest of a message. */
  stop({ streamId, openNumber }: MessageInProgress): void {
    if (this.#windows === undefined) return;
    this.#stops.set(streamId, { kind: FlowKind.Stop, streamId, openNumber, value: 0 });
    this.#events.onGrant();
  }

  /** The message has ended: what is to be said of it is of no use any more. */
  end(message: MessageInProgress): void {
    this.#grants.delete(message.streamId);
    this.#stops.delete(message.streamId);
  }

  /** Everything to tell the peer, once. */
  take(): FlowEntry[] {
    const entries = [...this.#grants.values(), ...this.#stops.values()];
    this.#grants.clear();
    this.#stops.clear();
    return entries;
  }

  #grantConnection(bytes: number): void {
    const limit = this.#connection?.consume(bytes);
    if (limit !== undefined) this.#grant(0, 0, limit);
  }

  #grant(streamId: number, openNumber: number, value: number): void {
    this.#grants.set(streamId, { kind: FlowKind.Window, streamId, openNumber, value });
    this.#events.onGrant();
  }
}
