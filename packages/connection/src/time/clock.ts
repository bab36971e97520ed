import { type Clock, clearTimer, inNextTurn, type RunTimeTimer, readTime, replaceClock, setTimer } from './run-time.js';

/** No timer of the run-time waits longer. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A pending call. */
export interface Timer {
  /** Takes the call back; nothing happens when it was made already. */
  cancel(): void;
}

/** Milliseconds on a clock that never goes backwards. */
export function now(): number {
  return readTime();
}

/** Calls `action` once, after `delay` milliseconds, or 24 days if that is less. */
export function after(delay: number, action: () => void): Timer {
  return new Timeout(setTimer(action, Math.min(delay, LONGEST_DELAY)));
}

class Timeout implements Timer {
  readonly #timer: RunTimeTimer;

  constructor(timer: RunTimeTimer) {
    this.#timer = timer;
  }

  cancel(): void {
    clearTimer(this.#timer);
  }
}

/** Who is woken by an {@link Alarm}. */
export interface Sleeper {
  /** What it throws reaches the process; others are woken all the same. */
  wake(): void;
}

/** From so many milliseconds on, alarms go off together: at the next whole multiple of {@link COARSE}. */
const COARSE_FROM = 4000;
const COARSE = 64;

// Those of them that have not gone off, by the time they do.
const alarms = new Map<number, Alarm>();

/** A timer that many share: there may be very many who wait for a long time. */
export class Alarm {
  readonly #time: number;
  readonly #timer: Timer;
  readonly #sleepers = new Set<Sleeper>();

  private constructor(time: number) {
    this.#time = time;
    this.#timer = after(Math.max(time - now(), 0), () => this.#goOff());
  }

  /**
   * Wakes `sleeper` once, at a time as `now` tells it, or after 24 days if that is sooner. When it is 4000 milliseconds away
   * or more, up to 64 later, with others.
   */
  static set(time: number, sleeper: Sleeper): Alarm {
    const alarm = time - now() < COARSE_FROM ? new Alarm(time) : Alarm.#coarse(time);
    alarm.#sleepers.add(sleeper);
    return alarm;
  }

  static #coarse(time: number): Alarm {
    const due = Math.ceil(time / COARSE) * COARSE;
    let alarm = alarms.get(due);
    if (alarm === undefined) {
      alarm = new Alarm(due);
      alarms.set(due, alarm);
    }
    return alarm;
  }

  /** Lets `sleeper` sleep. */
  cancel(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
    if (this.#sleepers.size > 0) return;
    this.#timer.cancel();
    this.#forget();
  }

  #goOff(): void {
    this.#forget();
    const sleepers = this.#sleepers;
    try {
      for (const sleeper of sleepers) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    } finally {
      if (sleepers.size > 0) after(0, () => this.#goOff());
    }
  }

  #forget(): void {
    if (alarms.get(this.#time) === this) alarms.delete(this.#time);
  }
}

let replacement: Clock | undefined;

/**
 * For tests: takes the time from `clock` in place of the run-time, for all connections of this process, until the function that
 * this returns is called. Turns of the event loop stay real. Timers stay where they were set.
 *
 * @throws Error when another clock is in place.
 */
export function useClock(clock: Clock): () => void {
  if (replacement !== undefined) throw new Error('another clock is in place');
  replace(clock);
  return () => {
    if (replacement === clock) replace(undefined);
  };
}

function replace(clock: Clock | undefined): void {
  replacement = clock;
  replaceClock(clock);
  // Their times are those of the clock before.
  alarms.clear();
}

let due: (() => void)[] = [];

/**
 * Calls `action` at the end of this turn of the event loop: one call of the run-time for all that is due then. What it
 * throws reaches the process; the others that are due are called all the same, a turn later.
 */
export function atEndOfTurn(action: () => void): void {
  if (due.push(action) === 1) inNextTurn(runDue);
}

/** Calls `action` when all has been read that lies in the sockets by now, as far as one turn of the event loop reads. */
export function afterInput(action: () => void): void {
  // The first of these turns may have read already when this is called.
  atEndOfTurn(() => atEndOfTurn(action));
}

function runDue(): void {
  const actions = due;
  due = [];
  run(actions, 0);
}

function run(actions: readonly (() => void)[], from: number): void {
  let next = from;
  try {
    while (next < actions.length) actions[next++]!();
  } finally {
    if (next < actions.length) inNextTurn(() => run(actions, next));
  }
}
