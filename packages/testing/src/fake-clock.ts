import { turns } from './turns.js';

// Read when this module loads, because tests may replace the global functions later.
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  now: performance.now.bind(performance),
};

/** A timer that has been set. */
export interface ClockTimer {
  /** Cancels the timer. */
  close(): void;
}

/** A clock that can replace the one of the run-time. */
export interface Clock {
  /** Milliseconds on a clock that never goes backwards. */
  now(): number;
  /** Calls `action` once, after `delay` milliseconds. */
  setTimer(action: () => void, delay: number): ClockTimer;
}

/** Replaces the clock of the run-time; the returned function restores it. */
export type UseClock = (clock: Clock) => () => void;

/** Options of {@link FakeClock}. */
export interface FakeClockOptions {
  /**
   * Resolves, in real time, when the effects of a timer have happened; the next timer goes off only then. By default it
   * waits for 10 turns of the event loop, within which messages over transports in memory arrive.
   */
  readonly settle?: () => Promise<unknown>;
}

/** A timer that has been set and has not gone off. */
class Pending implements ClockTimer {
  readonly due: number;
  readonly action: () => void;
  readonly #onClose: (pending: Pending) => void;
  /** The real timer that replaces this one when the clock is given back. */
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
 * A clock for the timers of webson (heartbeat, deadlines, redial) that moves only when `advance` is called. Sockets and
 * the timers of the test itself stay in real time.
 *
 * - Timers go off in the order in which they are due; timers that are due together, in the order in which they were
 *   set.
 * - Install the clock before the connections are made that shall use it, and give it back when they have ended.
 */
export class FakeClock implements Clock {
  readonly #settle: () => Promise<unknown>;
  // Sorted by the time at which they are due.
  #timers: Pending[] = [];
  // A whole millisecond, so that sums of times are exact.
  #now = Math.ceil(real.now());
  #isAdvancing = false;
  #isGivenBack = false;

  constructor({ settle = () => turns(10) }: FakeClockOptions = {}) {
    this.#settle = settle;
  }

  /** The number of timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer goes off; undefined when none is set. */
  get next(): number | undefined {
    const [first] = this.#timers;
    return first === undefined ? undefined : first.due - this.#now;
  }

  /**
   * Replaces the clock of the run-time by this one. The returned function restores it, for good: timers that are still
   * set then continue in real time, with the rest of their delay.
   *
   * @param useClock the function of that name from `@webson/connection/internal`.
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
   * Moves the clock by `milliseconds`. Calls the timers that become due, one after the other and each at its time, and
   * waits for `settle` after each.
   *
   * Rejects with RangeError when `milliseconds` is not a finite number of at least 0, with Error when an earlier call
   * has not ended, and with the error that a timer throws; the clock then stands at the time of that timer.
   */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0) || milliseconds === Number.POSITIVE_INFINITY) {
      throw new RangeError(`milliseconds: a number from 0 on expected, got ${milliseconds}`);
    }
    if (this.#isAdvancing) throw new Error('advance: an earlier call has not ended');
    this.#isAdvancing = true;
    const end = this.#now + milliseconds;
    try {
      // Work that was begun before this call may still set timers.
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
