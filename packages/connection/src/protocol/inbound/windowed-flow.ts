import { CloseCode } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { FlowEntry, FlowWindows } from '../contract/flow-entry.js';
import type { FlowedMessage, InboundFlow, InboundFlowEvents } from '../contract/inbound-flow.js';
import type { InboundWindow } from '../contract/window.js';
import { ReceiveWindow } from '../streams/window.js';

/** Bytes that the connection's window is widened by at a time for a reader that waits behind others' messages. */
const FEED = 256 * 1024;
/** The connection may hold so many times its window when readers wait for messages that others' stand in the way of. */
const MOST_WINDOWS = 16;

/**
 * With flow control: tells the peer how much more it may send.
 *
 * Messages that nobody reads yet may fill the window of the connection while the reader of another waits for the rest of
 * its own. Then the connection's window is widened, a little at a time, and the limit of the message that is waited for is
 * told once more, although it has not changed: a sender takes that for the wish to have this message first.
 *
 * Messages that wait for their handlers are let in further, too, while a sender waits: it may be the handler of another that
 * waits for the peer, and the peer's for ours.
 */
export class WindowedFlow implements InboundFlow {
  // Windows bound what is unread: reading need not pause for it.
  readonly unread = 0;
  readonly isFull = false;
  readonly #windows: FlowWindows;
  readonly #connection: ReceiveWindow;
  readonly #events: InboundFlowEvents;
  // By stream, so that a grant replaces the one before it that has not been sent.
  readonly #grants = new Map<number, FlowEntry>();
  // Beside the grants: a limit that is granted anew would not be a repetition.
  readonly #wishes = new Map<number, FlowEntry>();
  readonly #stops = new Map<number, FlowEntry>();
  // Messages whose readers wait for more.
  readonly #starving = new Set<FlowedMessage>();
  // Messages that wait for their handlers.
  readonly #lagging = new Set<FlowedMessage>();
  #isAwaited = false;

  /** @param windows what this side allows. */
  constructor(windows: FlowWindows, events: InboundFlowEvents) {
    this.#windows = windows;
    this.#connection = new ReceiveWindow(windows.connection);
    this.#events = events;
  }

  get held(): number {
    return this.#connection.unread;
  }

  get hasEntries(): boolean {
    return this.#grants.size > 0 || this.#stops.size > 0;
  }

  get isShut(): boolean {
    return this.#connection.available === 0;
  }

  open(): ReceiveWindow {
    return new ReceiveWindow(this.#windows.stream);
  }

  announce(window: InboundWindow | undefined, bytes: number): void {
    if (window?.receive(bytes) === false || this.#connection.receive(bytes) === false) {
      throw exceeded();
    }
    if (this.#starving.size > 0 || this.#lagging.size > 0) this.#feed();
  }

  announceWhole(bytes: number): void {
    if (bytes > this.#windows.stream || this.#connection.receive(bytes) === false) {
      throw exceeded();
    }
    this.#grantConnection(bytes);
  }

  // What is unread shows in the windows.

  arrived(): void {}
  consumed(): void {}

  starve(message: FlowedMessage, isStarving: boolean): void {
    if (!isStarving) {
      this.#starving.delete(message);
      return;
    }
    this.#starving.add(message);
    this.#feed();
  }

  lag(message: FlowedMessage, isLagging: boolean): void {
    if (!isLagging) {
      this.#lagging.delete(message);
      return;
    }
    this.#lagging.add(message);
    this.#feed();
  }

  setAwaited(isAwaited: boolean): void {
    this.#isAwaited = isAwaited;
    if (isAwaited && this.#lagging.size > 0) this.#feed();
  }

  release(message: FlowedMessage | undefined, bytes: number): void {
    if (message?.window !== undefined) {
      const limit = message.window.consume(bytes);
      if (limit !== undefined) this.#grant(message.streamId, message.openNumber, limit);
    }
    this.#grantConnection(bytes);
  }

  stop({ streamId, openNumber }: FlowedMessage): void {
    this.#stops.set(streamId, { isStop: true, streamId, openNumber, value: 0 });
    this.#events.onGrant();
  }

  end(message: FlowedMessage): void {
    this.#grants.delete(message.streamId);
    this.#wishes.delete(message.streamId);
    this.#stops.delete(message.streamId);
    this.#starving.delete(message);
    this.#lagging.delete(message);
  }

  take(): FlowEntry[] {
    const entries = [...this.#grants.values(), ...this.#wishes.values(), ...this.#stops.values()];
    this.#grants.clear();
    this.#wishes.clear();
    this.#stops.clear();
    return entries;
  }

  // Those who wait get more, for as long as the bound is not reached, when the unread messages of others leave nothing.
  #feed(): void {
    const connection = this.#connection;
    if (connection.unread >= this.#windows.connection * MOST_WINDOWS) return;
    if (this.#isAwaited) this.#widenLagging();
    else if (this.#starving.size === 0) return;
    if (connection.available > 0) return;
    this.#grant(0, 0, connection.widen(Math.min(FEED, this.#windows.connection)));
    for (const { streamId, openNumber, window } of this.#starving) {
      if (window === undefined) continue;
      this.#wishes.set(streamId, { isStop: false, streamId, openNumber, value: window.limit });
    }
  }

  #widenLagging(): void {
    const more = Math.min(FEED, this.#windows.stream);
    for (const { streamId, openNumber, window } of this.#lagging) {
      if (window?.available === 0) this.#grant(streamId, openNumber, window.widen(more));
    }
  }

  #grantConnection(bytes: number): void {
    const limit = this.#connection.consume(bytes);
    if (limit !== undefined) this.#grant(0, 0, limit);
  }

  #grant(streamId: number, openNumber: number, value: number): void {
    this.#grants.set(streamId, { isStop: false, streamId, openNumber, value });
    this.#events.onGrant();
  }
}

function exceeded(): ProtocolError {
  const message = 'more bytes than streamWindow or connectionWindow allow';
  return new ProtocolError('WINDOW_EXCEEDED', CloseCode.PolicyViolation, message);
}
