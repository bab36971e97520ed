import { turns } from './turns.js';

// Taken when this module loads: tests replace the global ones for a while.
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  now: performance.now.bind(performance),
};

/** A call that is to be made. */
export interface ClockTimer {
  /** Takes the call back. */
  close(): void;
}

/** What a clock has to offer to be put in the place of the run-time's. */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards. */
  now(): number;
  /** Calls `action` once, after so many milliseconds. */
  setTimer(action: () => void, delay: number): ClockTimer;
}

/** Puts a clock in the place of the run-time's; the function that it returns puts that back. */
export type UseClock = (clock: Clock) => () => void;

/** Options of {@link FakeClock}. */
export interface FakeClockOptions {
  /**
   * Lets happen, in real time, what a timer has set off, before the next one goes off. By default 10 turns of the event loop: what
   * goes through memory has arrived by then.
   */
  readonly settle?: () => Promise<unknown>;
}

/** A call that is due at some time. */
class Pending implements ClockTimer {
  readonly due: number;
  readonly action: () => void;
  readonly #onClose: (pending: Pending) => void;
  /** The real timer, once the clock was given back. */
  real: ReturnType<typeof setTimeout> | undefined;

  constructor(due: number, action: () => void, onClose: (pending: Pending) => void) {
    this.due = due;
    this.action = action;
    this.#onClose = onClose;
  }

  close(): void {
    this.#onClose(this);
  }
}

/**
 * The time of webson, moved by hand: heartbeat, deadlines, redial. Everything else, sockets and the test's own timers, goes on in
 * real time.
 *
 * `install` puts it in place: before the connections are made that it is for. `advance` moves it. Give it back when they have ended.
 */
export class FakeClock implements Clock {
  readonly #settle: () => Promise<unknown>;
  // In the order in which they are due, and of those due together, in which they were set.
  #timers: Pending[] = [];
  // At a whole millisecond, so that sums of times are exact.
  #now = Math.ceil(real.now());
  #isAdvancing = false;
  #isGivenBack = false;

  constructor({ settle = () => turns(10) }: FakeClockOptions = {}) {
    this.#settle = settle;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer goes off; undefined when none is set. */
  get next(): number | undefined {
    const [first] = this.#timers;
    return first === undefined ? undefined : first.due - this.#now;
  }

  /**
   * Puts this clock in the place of the run-time's. What it returns gives it back, once and for all: timers that are still set then
   * go on in real time, with what is left of their delay.
   *
   * @param useClock that of `@webson/connection/internal`.
   */
  install(useClock: UseClock): () => void {
    const restore = useClock(this);
    return () => {
      if (this.#isGivenBack) return;
      this.#isGivenBack = true;
      restore();
      for (const pending of this.#timers.splice(0)) this.#handOver(pending);
    };
  }

  now(): number {
    return this.#now;
  }

  setTimer(action: () => void, delay: number): ClockTimer {
    const pending = new Pending(this.#now + Math.max(0, delay), action, (one) => this.#close(one));
    if (this.#isGivenBack) {
      this.#handOver(pending);
      return pending;
    }
    const at = this.#timers.findIndex(({ due }) => due > pending.due);
    this.#timers.splice(at < 0 ? this.#timers.length : at, 0, pending);
    return pending;
  }

  /**
   * Lets so many milliseconds pass: calls what comes due, one after the other, at its time, and lets settle what it has set off
   * before the next. What a timer throws, this rejects with; the time is then that of the timer.
   *
   * Rejects with RangeError when `milliseconds` is not a number from 0 on, with Error while an earlier call has not ended.
   */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0) || milliseconds === Number.POSITIVE_INFINITY) {
      throw new RangeError(`milliseconds: a number from 0 on expected, got ${milliseconds}`);
    }
    if (this.#isAdvancing) throw new Error('advance: an earlier call has not ended');
    this.#isAdvancing = true;
    const end = this.#now + milliseconds;
    try {
      // What was begun before may still set timers.
      await this.#settle();
      for (;;) {
        const [first] = this.#timers;
        if (first === undefined || first.due > end) break;
        this.#timers.shift();
        this.#now = Math.max(this.#now, first.due);
        first.action();
        await this.#settle();
      }
      this.#now = end;
    } finally {
      this.#isAdvancing = false;
    }
  }

  #close(pending: Pending): void {
    real.clearTimeout(pending.real);
    const at = this.#timers.indexOf(pending);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  #handOver(pending: Pending): void {
    pending.real = real.setTimeout(pending.action, Math.max(0, pending.due - this.#now));
  }
}
