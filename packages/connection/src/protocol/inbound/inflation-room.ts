import type { InflationHeld, InflationHolder, InflationTotal } from './inflation-total.js';
import { tooMany } from './inflation-total.js';

/** Below this number of contexts in use, a message may get one although no reader waits for the message. */
const CONTEXTS_AHEAD = 16;

/** A message in an {@link InflationRoom}. Its methods must not throw. */
export interface Arriving {
  /** True when the message has ended, completely or not. */
  readonly isOver: boolean;
  /** True while its reader waits and it is not the message's turn: see `InflationRoom.waitFor`. */
  isWaitedFor: boolean;
  /** Goes on inflating, as far as it may. */
  resume(): void;
  /** Ends the message with an error that fails the connection. */
  fail(error: Error): void;
  /** Ends the message because of an error that has been reported before. */
  cancel(error: Error): void;
}

/** The limits of an {@link InflationRoom}, and its access to the event loop. */
export interface InflationRoomParts {
  /**
   * True with context takeover: a message may refer to those before it, so messages are inflated one after the other.
   */
  readonly isInOrder: boolean;
  /** Most bytes that the connection may hold. */
  readonly most: Readonly<InflationHeld>;
  /** Bytes of one context. */
  readonly contextBytes: number;
  /** The bytes that all connections of the process hold. */
  readonly total: InflationTotal;
  /** The work that may be done in one turn of the event loop, in units of `MessageCodec.work`. */
  readonly workPerTurn: number;
  /** The work done so far: `MessageCodec.work`. */
  work(): number;
  /** Calls `action` in a later turn of the event loop. */
  later(action: () => void): void;
}

/**
 * The limits and the order that the compressed messages of one connection share, while they are inflated as they
 * arrive.
 *
 * - The bytes that are inflated and not read are bounded, over all messages. Beyond the bound a message is inflated
 *   only while its reader waits for more, a step at a time, so that the bound never holds up a reader.
 * - The bytes of zlib contexts are bounded. A context cannot be taken away in the middle of its message, and waiting
 *   for a free one could last for ever, since messages may wait for each other. So a connection with too many contexts
 *   fails.
 * - With context takeover the messages are inflated in the order in which they began (RFC 7692 §7.1.1).
 * - After `workPerTurn` the event loop has its turn before more is inflated.
 */
export class InflationRoom implements InflationHolder {
  readonly isInOrder: boolean;
  readonly held: InflationHeld = { unread: 0, contexts: 0 };
  readonly #parts: InflationRoomParts;
  readonly #contexts = new Set<Arriving>();
  // With context takeover: the messages that have not ended, in order.
  readonly #line: Arriving[] = [];
  // Messages with `isWaitedFor`.
  #waiting = 0;
  // The message that ended early, and its error. The messages behind it may refer to content that was never inflated.
  #broken: { readonly by: Arriving; readonly error: Error } | undefined;
  #isWaking = false;
  #hasGivenUp = false;
  // Messages that have not ended.
  #live = 0;
  #onEmpty: (() => void) | undefined;
  // The value of `work` at the start of this turn.
  #workBefore = 0;
  #deferred: Arriving[] = [];
  #isDeferring = false;

  constructor(parts: InflationRoomParts) {
    this.#parts = parts;
    this.isInOrder = parts.isInOrder;
    parts.total.admit(this, this.held);
  }

  /** Adds a message that begins. */
  enter(arriving: Arriving): void {
    this.#live++;
    if (this.isInOrder) this.#line.push(arriving);
  }

  /**
   * Removes a message that has ended.
   *
   * @param error set when the message ended early: with context takeover the messages behind it end with it.
   */
  leave(arriving: Arriving, error?: Error): void {
    if (arriving.isWaitedFor) this.#waiting--;
    arriving.isWaitedFor = false;
    if (this.isInOrder) {
      if (error !== undefined) this.#broken ??= { by: arriving, error };
      this.#wake();
    }
    if (--this.#live === 0) this.#onEmpty?.();
  }

  /** True when no message is being inflated. */
  get isEmpty(): boolean {
    return this.#live === 0;
  }

  /** Calls `action` as soon as no message is being inflated, perhaps at once. */
  whenEmpty(action: () => void): void {
    if (this.#live === 0) action();
    else this.#onEmpty = action;
  }

  /** True when the message may be inflated: with context takeover, when all messages before it have ended. */
  isTurnOf(arriving: Arriving): boolean {
    return !this.isInOrder || this.#line[0] === arriving;
  }

  /**
   * The reader of a message waits before the message's turn: the messages before it are then inflated beyond what their
   * readers have read.
   */
  waitFor(arriving: Arriving): void {
    if (arriving.isWaitedFor) return;
    arriving.isWaitedFor = true;
    this.#waiting++;
    this.#line[0]?.resume();
  }

  /** True while a reader waits for the messages before its own to end. */
  get isHoldingUp(): boolean {
    return this.#waiting > 0;
  }

  /** True when more may be inflated before a reader waits for it. */
  get hasRoom(): boolean {
    return this.held.unread < this.#parts.most.unread && this.#parts.total.hasRoom;
  }

  /** Adds to the bytes that are inflated and not read; `bytes` is negative when they are read. */
  addUnread(bytes: number): void {
    this.#parts.total.addUnread(this.held, bytes);
  }

  /** True when a message may get a context although no reader waits for it. */
  get hasContextAhead(): boolean {
    return this.#contexts.size < CONTEXTS_AHEAD;
  }

  /** Counts the context that a message is about to get. @throws ProtocolError 1013 when the connection has too many. */
  open(arriving: Arriving): void {
    const { contextBytes, most, total } = this.#parts;
    if (this.#hasGivenUp || this.held.contexts + contextBytes > most.contexts) throw tooMany();
    this.#contexts.add(arriving);
    total.addContext(this.held, contextBytes);
  }

  /** Stops counting the context of a message, if it has one. */
  close(arriving: Arriving): void {
    if (this.#contexts.delete(arriving)) this.#parts.total.addContext(this.held, -this.#parts.contextBytes);
  }

  /** Fails all messages with a context, and gives out no more contexts; called only by {@link InflationTotal}. */
  giveUp(error: Error): void {
    this.#hasGivenUp = true;
    for (const arriving of [...this.#contexts]) arriving.fail(error);
  }

  /** True when the work of this turn is done: the caller has to `defer` what is left. */
  get isSpent(): boolean {
    return this.#parts.work() - this.#workBefore >= this.#parts.workPerTurn;
  }

  /** Calls `resume` of the message in a later turn. */
  defer(arriving: Arriving): void {
    this.#deferred.push(arriving);
    if (this.#isDeferring) return;
    this.#isDeferring = true;
    this.#parts.later(() => this.#goOn());
  }

  #goOn(): void {
    this.#isDeferring = false;
    this.#workBefore = this.#parts.work();
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const [i, arriving] of deferred.entries()) {
      if (this.isSpent) {
        // The messages that were not resumed go first in the next turn.
        const before = this.#deferred;
        this.#deferred = [];
        for (const late of [...deferred.slice(i), ...before]) this.defer(late);
        return;
      }
      arriving.resume();
    }
  }

  // Resumes the first message in line. A loop does this, not recursion: resuming a message may end it, and there may be
  // thousands of them.
  #wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    let error: Error | undefined;
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      if (!first.isOver) {
        if (first.isWaitedFor) this.#waiting--;
        first.isWaitedFor = false;
        if (error === undefined) first.resume();
        else first.cancel(error);
        if (!first.isOver) break;
      }
      if (this.#broken?.by === first) error = this.#broken.error;
      this.#line.shift();
    }
    this.#isWaking = false;
  }
}
