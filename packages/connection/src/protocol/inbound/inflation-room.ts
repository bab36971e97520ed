import type { InflationHeld, InflationHolder, InflationTotal } from './inflation-total.js';
import { tooMany } from './inflation-total.js';

/** Contexts of a connection for messages that nobody waits for. */
const CONTEXTS_AHEAD = 16;

/** A message as its room knows it. None of these may throw. */
export interface Arriving {
  /** It has ended, in one way or another. */
  readonly isOver: boolean;
  /** Its reader waits while it may not be inflated yet: see `InflationRoom.waitFor`. */
  isWaitedFor: boolean;
  /** Goes on, as far as it may. */
  resume(): void;
  /** It cannot go on, for a reason that may be told to the peer. */
  fail(error: Error): void;
  /** It cannot go on, for a reason that is known. */
  cancel(error: Error): void;
}

/** What an {@link InflationRoom} is made of. */
export interface InflationRoomParts {
  /** Messages may refer to those before them: they are inflated one after the other. */
  readonly isInOrder: boolean;
  /** Bytes that the connection may hold. */
  readonly most: Readonly<InflationHeld>;
  /** Bytes of one context. */
  readonly contextBytes: number;
  /** What all connections hold. */
  readonly total: InflationTotal;
  /** What may be done before the event loop has its turn, as `MessageCodec.work` counts it. */
  readonly workPerTurn: number;
  /** What has been done so far, as `MessageCodec.work` says. */
  work(): number;
  /** Calls `action` in a later turn of the event loop. */
  later(action: () => void): void;
}

/**
 * What the compressed messages of one connection share that are inflated as they arrive.
 *
 * - What is inflated and not read is bounded, over all messages. Beyond the bound a message is inflated only as its reader
 *   waits for more, a step at a time: so the bound holds nobody up who reads.
 * - So are the zlib contexts. One that is in the middle of its message cannot be given up; to wait for another's to become
 *   free could take for ever, since messages may wait for each other, and the peer for them. Too many fail the connection.
 * - With context takeover the messages are inflated in the order in which they began.
 * - When much has been inflated the others on the event loop have their turn first.
 */
export class InflationRoom implements InflationHolder {
  readonly isInOrder: boolean;
  readonly held: InflationHeld = { unread: 0, contexts: 0 };
  readonly #parts: InflationRoomParts;
  readonly #contexts = new Set<Arriving>();
  // Those that have not ended, if they have to go one after the other.
  readonly #line: Arriving[] = [];
  #waiting = 0;
  // The message that has ended too early, and why: what follows it refers to a window that nobody has.
  #broken: { readonly by: Arriving; readonly error: Error } | undefined;
  #isWaking = false;
  #hasGivenUp = false;
  #live = 0;
  #onEmpty: (() => void) | undefined;
  // What had been done when the event loop was last known to go round.
  #workBefore = 0;
  #deferred: Arriving[] = [];
  #isDeferring = false;

  constructor(parts: InflationRoomParts) {
    this.#parts = parts;
    this.isInOrder = parts.isInOrder;
    parts.total.admit(this, this.held);
  }

  /** A message begins. */
  enter(arriving: Arriving): void {
    this.#live++;
    if (this.isInOrder) this.#line.push(arriving);
  }

  /** A message is over. @param error why those behind it cannot be inflated, if they cannot. */
  leave(arriving: Arriving, error?: Error): void {
    if (arriving.isWaitedFor) this.#waiting--;
    arriving.isWaitedFor = false;
    if (this.isInOrder) {
      if (error !== undefined) this.#broken ??= { by: arriving, error };
      this.#wake();
    }
    if (--this.#live === 0) this.#onEmpty?.();
  }

  /** Calls `action` when no message is under way. */
  whenEmpty(action: () => void): void {
    if (this.#live === 0) action();
    else this.#onEmpty = action;
  }

  /** Whether all messages before this one are over. */
  isTurnOf(arriving: Arriving): boolean {
    return !this.isInOrder || this.#line[0] === arriving;
  }

  /** The reader of a message waits whose turn has not come: so the one before it has to get on, even if nobody reads it. */
  waitFor(arriving: Arriving): void {
    if (arriving.isWaitedFor) return;
    arriving.isWaitedFor = true;
    this.#waiting++;
    this.#line[0]?.resume();
  }

  /** True while there is a reader that waits for a message to end that is not its own. */
  get isHoldingUp(): boolean {
    return this.#waiting > 0;
  }

  /** True when what is inflated may wait to be read. */
  get hasRoom(): boolean {
    return this.held.unread < this.#parts.most.unread && this.#parts.total.hasRoom;
  }

  /** Counts bytes that are inflated and wait, or fewer when negative. */
  addUnread(bytes: number): void {
    this.#parts.total.addUnread(this.held, bytes);
  }

  /** True when a message may have a context that nobody waits for. */
  get hasContextAhead(): boolean {
    return this.#contexts.size < CONTEXTS_AHEAD;
  }

  /** A message is about to get a context. @throws ProtocolError 1013 when the connection has too many. */
  open(arriving: Arriving): void {
    const { contextBytes, most, total } = this.#parts;
    if (this.#hasGivenUp || this.held.contexts + contextBytes > most.contexts) throw tooMany();
    this.#contexts.add(arriving);
    total.addContext(this.held, contextBytes);
  }

  /** A message has no context any more. May be called again. */
  close(arriving: Arriving): void {
    if (this.#contexts.delete(arriving)) this.#parts.total.addContext(this.held, -this.#parts.contextBytes);
  }

  /** For {@link InflationTotal} alone. No message gets a context any more, whatever has come of it. */
  giveUp(error: Error): void {
    this.#hasGivenUp = true;
    for (const arriving of [...this.#contexts]) arriving.fail(error);
  }

  /** True when the event loop has to have its turn: `defer` then. */
  get isSpent(): boolean {
    return this.#parts.work() - this.#workBefore >= this.#parts.workPerTurn;
  }

  /** Lets a message go on in a later turn. */
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
        // Those that had no turn go first in the next.
        const before = this.#deferred;
        this.#deferred = [];
        for (const late of [...deferred.slice(i), ...before]) this.defer(late);
        return;
      }
      arriving.resume();
    }
  }

  // Not from within the end of the one before: there may be thousands.
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
