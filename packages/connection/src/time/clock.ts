import {
  areRequestsApart,
  type Clock,
  clearTimer,
  inNextTurn,
  letGo,
  type RunTimeTimer,
  readTime,
  replaceClock,
  setTimer,
} from './run-time.js';

export { areRequestsApart };

/** The longest delay of the run-time's timers, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A pending call. */
export interface Timer {
  /** Cancels the call. Does nothing when it was made already. */
  cancel(): void;
}

/** Milliseconds on a clock that never goes backwards. */
export function now(): number {
  return readTime();
}

/** Calls `action` once, after `delay` milliseconds, but at most 24 days. */
export function after(delay: number, action: () => void): Timer {
  return new Timeout(setTimer(action, Math.min(delay, LONGEST_DELAY)));
}

/** As {@link after}, but the process may end before, when nothing else keeps it alive. */
export function afterIfAlive(delay: number, action: () => void): Timer {
  const timer = setTimer(action, Math.min(delay, LONGEST_DELAY));
  letGo(timer);
  return new Timeout(timer);
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

/** An object that an {@link Alarm} calls. */
export interface Sleeper {
  /** Called when the alarm goes off. An exception is thrown to the process, and the other sleepers are called all the same. */
  wake(): void;
}

/** Alarms that are this many milliseconds away or more are rounded up to a multiple of {@link ROUNDING} and shared. */
const ROUNDED_FROM = 4000;
const ROUNDING = 64;

// The pending shared sharedAlarms, by their time.
const sharedAlarms = new Map<number, Alarm>();

/** A timer that sleepers share when they wait for long, as very many connections may do. */
export class Alarm {
  readonly #time: number;
  readonly #timer: Timer;
  readonly #sleepers = new Set<Sleeper>();

  private constructor(time: number) {
    this.#time = time;
    this.#timer = after(Math.max(time - now(), 0), () => this.#goOff());
  }

  /**
   * Wakes `sleeper` once, when `now` has reached `time`, but after at most 24 days. When that is 4000 milliseconds away or more,
   * the sleeper is woken up to 64 milliseconds late, together with others.
   */
  static set(time: number, sleeper: Sleeper): Alarm {
    const alarm = areRequestsApart || time - now() < ROUNDED_FROM ? new Alarm(time) : Alarm.#shared(time);
    alarm.#sleepers.add(sleeper);
    return alarm;
  }

  static #shared(time: number): Alarm {
    const due = Math.ceil(time / ROUNDING) * ROUNDING;
    let alarm = sharedAlarms.get(due);
    if (alarm === undefined) {
      alarm = new Alarm(due);
      sharedAlarms.set(due, alarm);
    }
    return alarm;
  }

  /** Removes `sleeper`: it is not woken. */
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
    if (sharedAlarms.get(this.#time) === this) sharedAlarms.delete(this.#time);
  }
}

let replacement: Clock | undefined;

/**
 * For tests: replaces the clock of the run-time by `clock`, for all connections of this process, until the returned function is
 * called. Turns of the event loop stay real. Timers that were set before stay with the clock on which they were set.
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
  // The times of these sharedAlarms belong to the previous clock.
  sharedAlarms.clear();
}

let due: (() => void)[] = [];

/**
 * Calls `action` at the end of this turn of the event loop, with one call of the run-time for all actions of a turn. An exception
 * of an action is thrown to the process; the remaining actions are called all the same, a turn later.
 */
export function atEndOfTurn(action: () => void): void {
  if (areRequestsApart) inNextTurn(action);
  else if (due.push(action) === 1) inNextTurn(runDue);
}

/** Calls `action` after the bytes that are in the sockets now were read, as far as one turn of the event loop reads them. */
export function afterInput(action: () => void): void {
  // Two turns are needed: the current one may have read its input already.
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
