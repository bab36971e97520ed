import type { Arrivals } from './arrivals.js';
import type { Plan } from './plan.js';
import type { Traffic } from './traffic.js';

/** A message as its handler has it. */
export interface Handled {
  /** Bytes that were there when its handler had been called, if that was all of it; else 0. */
  size: number;
  /** A promise was returned that has not settled. */
  isPending: boolean;
  /** Bytes that were read of it. */
  taken: number;
  /** All that comes of it counts as read: somebody waits for the whole, or nobody wants the rest. */
  isDone: boolean;
  /** When its handler had settled, on the clock of the case. */
  settledAt: number | undefined;
}

/** Bytes that a message counts beside its own while it waits. */
const ENTRY_SIZE = 512;
/** The same of one that is read on although its handler has settled. */
const LEFT_SIZE = 2048;
/** Complete messages that wait may have this part of `maxPendingBytes`. */
const WAITING_SHARE = 4;
/** Milliseconds that a message may lie there when its handler has settled. */
const GRACE = 1000 + 64;
/** What a Go peer leaves out at the end of each frame that it deflates. */
const DEFLATE_TAIL = 4;
/** How much may be queued for a peer that does not read: so many times `highWaterMark`, or what stands for it. */
const BACKLOG = 16;
const SMALLEST_MARK = 65_536;

/** What is to be known of an end beside what has come. */
export interface Circumstances {
  readonly handled: readonly Handled[];
  /** Somebody waits for the peer: a sender, a reader, a Close, or what is queued. */
  readonly isAwaited: boolean;
  readonly bufferedAmount: number;
  readonly now: number;
}

/**
 * How much one end has to do, counted by what was delivered to it and what its handlers have done with that, and not by
 * asking the connection: the rule of docs/LIMITS.md, "Who waits for whom", once more. Where the wire does not tell all, as
 * with what is compressed, it counts too much rather than too little.
 */
export class Load {
  readonly #plan: Plan;
  readonly #index: number;
  readonly #arrivals: Arrivals;
  readonly #traffic: Traffic;

  constructor(plan: Plan, index: number, arrivals: Arrivals, traffic: Traffic) {
    this.#plan = plan;
    this.#index = index;
    this.#arrivals = arrivals;
    this.#traffic = traffic;
  }

  /** Undefined when the end may have stopped reading; else why it must not have. */
  whyRead(at: Circumstances): string | undefined {
    const { maxPendingBytes, highWaterMark } = this.#side;
    if (at.bufferedAmount > BACKLOG * Math.max(highWaterMark, SMALLEST_MARK)) return undefined;
    const waiting = this.#waiting(at) + this.#left(at);
    const unread = this.#unread(at);
    const told = `${waiting} bytes wait for handlers, ${unread} for readers`;
    if (!this.#isFull(at, waiting) && !this.#isUnreadFull(unread)) return `${told}: at no bound`;
    if (!at.isAwaited || waiting + unread >= Math.max(maxPendingBytes, this.#maxMessageSize)) return undefined;
    return `${told}: somebody waits for more`;
  }

  get #side(): Plan['sides'][number] {
    return this.#plan.sides[this.#index]!;
  }

  get #maxMessageSize(): number {
    return this.#side.maxMessageSize ?? 104_857_600;
  }

  #isFull(at: Circumstances, waiting: number): boolean {
    const { synchronize, maxPendingHandlers, maxPendingBytes } = this.#side;
    const { handled } = at;
    let pending = 0;
    let bytes = 0;
    for (const { isPending, size } of handled) {
      if (!isPending) continue;
      pending++;
      bytes += size;
    }
    const isBusy = pending >= (synchronize ? 1 : maxPendingHandlers) || bytes >= maxPendingBytes;
    return (isBusy || this.#left(at) > 0) && waiting >= maxPendingBytes / WAITING_SHARE;
  }

  // With windows the peer is held back by these. What was full is so until half of it is read.
  #isUnreadFull(unread: number): boolean {
    return this.#plan.protocol !== 'streams' && unread * 2 > this.#side.connectionWindow;
  }

  // Bytes of messages that no handler was called for, with what each of them counts.
  #waiting({ handled }: Circumstances): number {
    const { triggerOnStart } = this.#side;
    const { begun, completed, isBeginning } = this.#arrivals;
    const queued = (triggerOnStart ? begun : completed).slice(handled.length);
    const entries = queued.length * ENTRY_SIZE;
    // The wire does not tell how long a compressed message is, nor whether it was handed over whole.
    if (this.#plan.compress !== false) {
      return entries + this.#bytesSent - sizeOf(handled) + (triggerOnStart && isBeginning ? ENTRY_SIZE : 0);
    }
    const bytes = queued.reduce((sum, one) => sum + (triggerOnStart && !this.#isWhole(one) ? 0 : one.bytes), 0);
    return entries + bytes + (triggerOnStart && isBeginning ? ENTRY_SIZE : 0);
  }

  // What those count that may be read on. Not all of them are: for how long is more than can be told from here.
  #left({ handled }: Circumstances): number {
    if (!this.#side.triggerOnStart) return 0;
    return handled.filter(({ settledAt, isDone }) => settledAt !== undefined && !isDone).length * LEFT_SIZE;
  }

  get #bytesSent(): number {
    return this.#traffic.sent.reduce((sum, { size }) => sum + size, 0);
  }

  // It was handed over, or waits, as a message that is complete.
  #isWhole({ isWhole }: { isWhole: boolean }): boolean {
    return isWhole && this.#plan.compress === false;
  }

  // Bytes of messages that are read as they arrive that nobody has taken.
  #unread({ handled, now }: Circumstances): number {
    if (!this.#side.triggerOnStart || this.#plan.protocol === 'streams') return 0;
    const { begun, partial } = this.#arrivals;
    const isCompressed = this.#plan.compress !== false;
    let unread = partial;
    // Those that are compressed may have to wait for the one before.
    let isBehind = false;
    for (const [place, message] of begun.entries()) {
      const at = handled[place];
      if (this.#isWhole(message)) continue;
      const isGone =
        at !== undefined && (at.isDone || (at.settledAt !== undefined && now - at.settledAt >= GRACE)) && !isBehind;
      if (isGone) continue;
      isBehind = isCompressed;
      unread += message.bytes + (isCompressed ? DEFLATE_TAIL : 0) - (isCompressed ? 0 : (at?.taken ?? 0));
    }
    return unread;
  }
}

function sizeOf(handled: readonly Handled[]): number {
  return handled.reduce((sum, { size }) => sum + size, 0);
}
