/**
 * The work that things cost: a message in one frame, any other frame, 1 KiB that is read, a message that is announced
 * before it is complete, a compressed message, and 1 KiB that is inflated. One unit takes about a third of a
 * microsecond.
 */
export const Work = { Message: 1, Frame: 4, ReadKib: 3, Begun: 16, Compressed: 4, InflatedKib: 8 } as const;

/**
 * The work that a connection may do in one turn of the event loop, about a millisecond, in which all others wait. It is
 * a little more than a chunk of 64 KiB with messages of 20 bytes takes, because stopping within a chunk costs a copy.
 */
const PER_TURN = 3 * 1024;
/** A turn with less work than this needs no `refill`. */
const UNTOUCHED = PER_TURN / 2;
/** When more connections than this spend all their work in the same turn, each may do less in the next. */
const FULL_SHARES = 4;
/** The smallest part of `PER_TURN` that a connection gets, because each turn has a cost of its own. */
const SMALLEST_SHARE = 1 / 6;

// Connections that have spent all their work in this turn.
let spent = 0;

/**
 * The work that a connection may still do in this turn of the event loop, before other connections and timers have
 * their turn. Work is counted, not timed.
 */
export class TurnWork {
  // A whole number, because V8 allocates memory for any other number.
  #left = PER_TURN;
  #isSpent = false;

  /** True when no more work may be done in this turn. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** True when `refill` has to be called at the end of the turn. */
  get isTouched(): boolean {
    return this.#left < PER_TURN - UNTOUCHED;
  }

  /** Counts work that was done, a whole number of units. Returns true when no more should be done in this turn. */
  spend(work: number): boolean {
    this.#left -= work;
    if (this.#left > 0) return false;
    this.#end();
    return true;
  }

  #end(): void {
    if (this.#isSpent) return;
    this.#isSpent = true;
    spent++;
  }

  /** Begins a new turn. When many connections spent all their work in the last one, each gets a smaller share. */
  refill(): void {
    if (this.#isSpent) {
      this.#isSpent = false;
      spent--;
    }
    this.#left = Math.trunc(PER_TURN * Math.max(Math.min(1, FULL_SHARES / (spent + 1)), SMALLEST_SHARE));
  }
}
