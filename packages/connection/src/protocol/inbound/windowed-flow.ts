import { CloseCode } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { FlowEntry, FlowWindows } from '../contract/flow-entry.js';
import type { FlowedMessage, InboundFlow, InboundFlowEvents } from '../contract/inbound-flow.js';
import type { InboundWindow } from '../contract/window.js';
import { mostReserved, ReceiveWindow } from '../streams/window.js';

/** Bytes that the window of a message that waits for its handler is widened by at a time. */
const LET_IN = 256 * 1024;
/** The connection may hold so many times its window when readers wait for messages that others' stand in the way of. */
const MOST_WINDOWS = 16;
/** Of what is left of that, no more than such a part is given at a time: what others take of it never uses it up. */
const SHARES = 16;

/**
 * With flow control: tells the peer how much more it may send.
 *
 * Messages that nobody reads yet may fill the window of the connection while the reader of another waits for the rest of
 * its own. Then the connection's window is widened, a little at a time, and the limit of the message that is waited for is
 * told once more, although it has not changed: a sender takes that for the wish to have this message first, and keeps the last
 * bytes of the window for it, until the connection's limit is raised again. See {@link SharedWindow}.
 *
 * What is kept so may be for a message that does not go on for long. So
 * - another reader that begins to wait makes its wish, too, when no more is left than that;
 * - what is read is granted again as though it were not there: for all other messages the window is what it always is.
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
  // Messages whose limits are told once more, beside the grants: one that is granted anew would not be a repetition.
  readonly #wishes = new Set<FlowedMessage>();
  // Those of which that was told since the connection's limit was raised.
  readonly #wished = new Set<FlowedMessage>();
  readonly #stops = new Map<number, FlowEntry>();
  // Messages whose readers wait for more.
  readonly #starving = new Set<FlowedMessage>();
  // Messages that wait for their handlers.
  readonly #lagging = new Set<FlowedMessage>();
  #isAwaited = false;
  // There are wishes, unless they have ended.
  #isWishing = false;
  // All that starve have made their wish.
  #areWished = false;
  readonly #mostReserved: number;
  // Bytes at the end of the window that the peer may keep for these: it was told last.
  #reserved = 0;

  /** @param windows what this side allows. */
  constructor(windows: FlowWindows, events: InboundFlowEvents) {
    this.#windows = windows;
    this.#connection = new ReceiveWindow(windows.connection);
    this.#mostReserved = mostReserved(windows.connection);
    this.#events = events;
  }

  get held(): number {
    return this.#connection.unread;
  }

  get hasEntries(): boolean {
    return this.#grants.size > 0 || this.#wishes.size > 0 || this.#stops.size > 0;
  }

  get isShut(): boolean {
    return this.#connection.available <= this.#reserved;
  }

  get isReserved(): boolean {
    return this.isShut && this.#connection.available > 0;
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
    if (this.#starving.size > 0 || this.#lagging.size > 0) this.#feed();
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
    this.#areWished &&= this.#wished.has(message);
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
    this.#wishes.delete(message);
    this.#wished.delete(message);
    this.#stops.delete(message.streamId);
    this.#starving.delete(message);
    this.#lagging.delete(message);
  }

  take(): FlowEntry[] {
    const entries = [...this.#grants.values()];
    // From here on it is known what the peer keeps: it reads these in the same order.
    if (this.#grants.has(0)) {
      this.#reserved = 0;
      this.#wished.clear();
      this.#areWished = false;
    }
    // What is kept for one that waits is for all that do.
    if (this.#isWishing) this.#wish();
    for (const message of this.#wishes) {
      const { streamId, openNumber, window } = message;
      entries.push({ isStop: false, streamId, openNumber, value: window?.limit ?? 0 });
      this.#wished.add(message);
      this.#reserved = Math.min(this.#mostReserved, this.#connection.available);
    }
    entries.push(...this.#stops.values());
    this.#grants.clear();
    this.#wishes.clear();
    this.#isWishing = false;
    this.#stops.clear();
    return entries;
  }

  // Those who wait get more, for as long as the bound is not reached, when the unread messages of others leave nothing.
  #feed(): void {
    const { available, unread } = this.#connection;
    const room = this.#windows.connection * MOST_WINDOWS - unread - available;
    const isStarving = this.#starving.size > 0;
    // A reader that waits can be fed whatever was let in.
    const isLetting = this.#isAwaited && this.#lagging.size > 0 && room > this.#mostReserved;
    if (this.#isAwaited) this.#widenLagging();
    if (available > this.#reserved || !(isLetting || isStarving)) return;
    const forAll = isLetting ? this.#mostReserved : 0;
    const forReaders = isStarving && (isLetting || available === 0) ? this.#share(room) : 0;
    const more = Math.min(forAll + forReaders, room);
    if (more > 0) this.#grant(0, 0, this.#connection.widen(more));
    if (!isStarving || (more === 0 && this.#areWished)) return;
    // Whatever was wished before is forgotten when the limit is raised.
    if (more > 0) this.#wished.clear();
    this.#isWishing = true;
    this.#wish();
    if (this.#wishes.size > 0) this.#events.onGrant();
  }

  #share(room: number): number {
    return Math.min(this.#mostReserved, Math.ceil(room / SHARES));
  }

  #wish(): void {
    for (const message of this.#starving) {
      if (message.window !== undefined && !this.#wished.has(message)) this.#wishes.add(message);
    }
    this.#areWished = true;
  }

  #widenLagging(): void {
    const more = Math.min(LET_IN, this.#windows.stream);
    for (const { streamId, openNumber, window } of this.#lagging) {
      if (window?.available === 0) this.#grant(streamId, openNumber, window.widen(more));
    }
  }

  #grantConnection(bytes: number): void {
    const connection = this.#connection;
    const limit = connection.consume(bytes, Math.min(this.#reserved, connection.available));
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
