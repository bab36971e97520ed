import { CloseCode } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';
import type { FlowEntry, FlowWindows } from '../contract/flow-entry.js';
import type { FlowedMessage, InboundFlow, InboundFlowEvents } from '../contract/inbound-flow.js';
import type { InboundWindow } from '../contract/window.js';
import { MOST_WINDOWS, mostReserved, ReceiveWindow } from '../streams/window.js';

/** Bytes by which the window of a message that waits for its handler is widened at a time. */
const LET_IN = 256 * 1024;
/**
 * The part of what is left of that bound that is granted at a time, one in so many: so other messages never use it up.
 */
const SHARES = 16;

/**
 * Inbound flow with windows: tells the peer in FLOW frames how much more it may send.
 *
 * - Every message has a window, and so has the connection. A peer that sends more than they allow breaks the protocol:
 *   1008.
 * - Messages that nobody reads yet may fill the window of the connection while the reader of another message starves.
 *   Then the connection's window is widened, a little at a time, up to a bound. The present limit of the starving
 *   message is sent once more: this is a wish, by which the sender reserves the last bytes of the connection's window
 *   for that message, until the connection's limit is raised again. See {@link SharedWindow}.
 * - The message with the wish may not continue for long. So when only reserved bytes are left, other readers that begin
 *   to starve make wishes, too; and reserved bytes do not delay the grants for bytes that are read.
 * - While a sender on this side waits for room, the windows of messages that wait for their handlers are widened, too:
 *   the peer may not read our message before its own has been taken.
 * - Grants can be kept back as a whole, in place of a pause in reading: the peer's own grants and cancels come through all the
 *   same.
 */
export class WindowedFlow implements InboundFlow {
  // Windows bound the unread bytes, so reading from the socket never pauses for them.
  readonly unread = 0;
  readonly isFull = false;
  readonly #windows: FlowWindows;
  readonly #connection: ReceiveWindow;
  readonly #events: InboundFlowEvents;
  // Grants to send, by stream id: a new grant replaces an older one that is not sent yet. Id 0 is the connection.
  readonly #grants = new Map<number, FlowEntry>();
  // Messages whose wishes are to be sent. They are sent behind the grants, because a wish repeats the limit granted
  // last.
  readonly #wishes = new Set<FlowedMessage>();
  // Messages whose wishes were sent since the connection's limit was raised.
  readonly #wished = new Set<FlowedMessage>();
  readonly #stops = new Map<number, FlowEntry>();
  // Messages whose readers wait for more.
  readonly #starving = new Set<FlowedMessage>();
  // Messages that wait for their handlers.
  readonly #lagging = new Set<FlowedMessage>();
  // A sender on this side waits for room.
  #isAwaited = false;
  // Grants and wishes are kept back.
  #isHeld = false;
  // Wishes are to be sent, unless their messages have ended.
  #isWishing = false;
  // All starving messages have made their wishes.
  #areWished = false;
  readonly #mostReserved: number;
  // Bytes at the end of the connection's window that the peer reserves for these messages, as far as is known.
  #reserved = 0;

  /** @param windows the windows that this side allows. */
  constructor(windows: FlowWindows, events: InboundFlowEvents) {
    this.#windows = windows;
    this.#connection = new ReceiveWindow(windows.connection);
    this.#mostReserved = mostReserved(windows.connection);
    this.#events = events;
  }

  get moved(): number {
    return this.#connection.moved;
  }

  get hasEntries(): boolean {
    return this.#stops.size > 0 || (!this.#isHeld && (this.#grants.size > 0 || this.#wishes.size > 0));
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

  // The windows count the unread bytes.

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

  hold(isHeld: boolean): boolean {
    this.#isHeld = isHeld;
    if (!isHeld && this.hasEntries) this.#events.onGrant();
    return true;
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
    const stops = [...this.#stops.values()];
    this.#stops.clear();
    return this.#isHeld ? stops : [...this.#takeGrants(), ...stops];
  }

  #takeGrants(): FlowEntry[] {
    const entries = [...this.#grants.values()];
    // The peer reads these entries in this order, so its reservation is known from here on: raising the limit ends it.
    if (this.#grants.has(0)) {
      this.#reserved = 0;
      this.#wished.clear();
      this.#areWished = false;
    }
    // When one message makes a wish, all starving messages make theirs: they share the reserved bytes.
    if (this.#isWishing) this.#wish();
    for (const message of this.#wishes) {
      const { streamId, openNumber, window } = message;
      entries.push({ isStop: false, streamId, openNumber, value: window?.limit ?? 0 });
      this.#wished.add(message);
      this.#reserved = Math.min(this.#mostReserved, this.#connection.available);
    }
    this.#grants.clear();
    this.#wishes.clear();
    this.#isWishing = false;
    return entries;
  }

  // Widens the windows for starving and lagging messages when other messages have used up the connection's window,
  // within the bound.
  #feed(): void {
    const { available, unread } = this.#connection;
    const room = this.#windows.connection * MOST_WINDOWS - unread - available;
    const isStarving = this.#starving.size > 0;
    // Lagging messages get nothing once only the last bytes below the bound are left: those are for starving readers.
    const isLetting = this.#isAwaited && this.#lagging.size > 0 && room > this.#mostReserved;
    if (this.#isAwaited) this.#widenLagging();
    if (available > this.#reserved || !(isLetting || isStarving)) return;
    const forAll = isLetting ? this.#mostReserved : 0;
    const forReaders = isStarving && (isLetting || available === 0) ? this.#share(room) : 0;
    const more = Math.min(forAll + forReaders, room);
    if (more > 0) this.#grant(0, 0, this.#connection.widen(more));
    if (!isStarving || (more === 0 && this.#areWished)) return;
    // Raising the limit ends the peer's reservation, so all wishes have to be made again.
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
