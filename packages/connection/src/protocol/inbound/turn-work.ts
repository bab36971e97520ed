/**
 * The weights: of a message in one frame, of any other frame, of 1 KiB that is read, of a message that is told before it has all
 * come, of a compressed message, and of 1 KiB that is inflated.
 */
export const Work = { Message: 1, Frame: 4, ReadKib: 3, Begun: 16, Compressed: 4, InflatedKib: 8 } as const;

/**
 * What a connection may do in one turn of the event loop, in units of about a third of a microsecond: all others wait for
 * so long. It is a little more than 64 KiB of messages of 20 bytes take, for to break off within a chunk costs a copy.
 */
const PER_TURN = 3 * 1024;
/** While so little is done in a turn it is not worth to count anew in the next. */
const UNTOUCHED = PER_TURN / 2;
/** So many connections may have done all they may in the same turn before each may do less in the next. */
const FULL_SHARES = 4;
/** No connection gets less than this part of what one may do: a turn has a price, too. */
const SMALLEST_SHARE = 1 / 6;

// Connections that have done all they may in this turn.
let spent = 0;

/**
 * What a connection has left to do in this turn of the event loop, before the other connections and the timers have
 * theirs. It is counted, not timed.
 */
export class TurnWork {
  // A whole number: another would be an object of its own.
  #left = PER_TURN;
  #isSpent = false;

  /** True when all is done that may be in this turn. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** True when so much is done that `refill` has to be called at the end of the turn. */
  get isTouched(): boolean {
    return this.#left < PER_TURN - UNTOUCHED;
  }

  /** Counts work that was done, a whole number. True when no more should be. */
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

  /** The turn has ended. Where many have much to do, all of them share what a few may. */
  refill(): void {
    if (this.#isSpent) {
      this.#isSpent = false;
      spent--;
    }
    this.#left = Math.trunc(PER_TURN * Math.max(Math.min(1, FULL_SHARES / (spent + 1)), SMALLEST_SHARE));
  }
}
