/**
 * Time that stands still until it is told to go on. This module puts itself between the run-time's timers and everybody who
 * asks for them: in place of the global ones, and of those of `node:timers` and the clock, which the packages take when they
 * are loaded. So it has to be loaded before them. While virtual time is off, and that is whenever no case runs over the link
 * in memory, every call goes to the run-time.
 */

/** The run-time's own. */
interface RealTime {
  readonly setTimeout: typeof globalThis.setTimeout;
  readonly clearTimeout: typeof globalThis.clearTimeout;
  readonly setImmediate: typeof globalThis.setImmediate;
  readonly clearImmediate: typeof globalThis.clearImmediate;
  now(): number;
}

const real: RealTime = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  now: performance.now.bind(performance),
};

/** The run-time's own timers, for watchdogs and for turns of the event loop. */
export const realTime: RealTime = real;

type Action = (...args: unknown[]) => void;

/** A call that is due at some time; what `setTimeout` returns. */
class Pending {
  readonly due: number;
  readonly isOfApplication: boolean;
  readonly #action: Action;
  readonly #args: readonly unknown[];

  constructor(due: number, isOfApplication: boolean, action: Action, args: readonly unknown[]) {
    this.due = due;
    this.isOfApplication = isOfApplication;
    this.#action = action;
    this.#args = args;
  }

  call(): void {
    this.#action(...this.#args);
  }

  /** Takes the call back. */
  close(): this {
    virtualTime.cancel(this);
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

class VirtualTime {
  #isOn = false;
  #now = 0;
  // In the order in which they were asked for.
  #timers: Pending[] = [];
  #immediates: Pending[] = [];

  /**
   * From now on the packages live in virtual time; it never goes back from one case to the next. It begins at a whole
   * millisecond, so that sums of times are exact, and the same in every run.
   */
  enter(): void {
    this.#isOn = true;
    this.#now = Math.max(this.#now, Math.ceil(real.now()));
  }

  /** Back to the time of the run-time. Timers that are left are forgotten. */
  leave(): void {
    this.#timers = [];
    while (this.#immediates.length > 0) this.runImmediates();
    this.#isOn = false;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Milliseconds, as `performance.now` tells them. */
  get now(): number {
    return this.#isOn ? this.#now : real.now();
  }

  /** True when something is to be done at the end of the turn. */
  get hasImmediates(): boolean {
    return this.#immediates.length > 0;
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** When the application has asked to go on next; undefined when it waits for no time. */
  get nextOfApplication(): number | undefined {
    return earliest(this.#timers.filter(({ isOfApplication }) => isOfApplication))?.due;
  }

  /** When the next timer is due, whoever has set it. */
  get next(): number | undefined {
    return earliest(this.#timers)?.due;
  }

  /** Ends the turn. */
  runImmediates(): void {
    const due = this.#immediates;
    this.#immediates = [];
    for (const pending of due) pending.call();
  }

  /** Lets time pass until the next timer is due, and calls it. */
  advance(): void {
    const next = earliest(this.#timers);
    if (next === undefined) return;
    this.#timers.splice(this.#timers.indexOf(next), 1);
    this.#now = Math.max(this.#now, next.due);
    next.call();
  }

  /** Resolves `milliseconds` from now: what the application waits for by its own choice. */
  delay(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOn) this.#timers.push(new Pending(this.#now + milliseconds, true, resolve as Action, []));
      else real.setTimeout(resolve, milliseconds);
    });
  }

  /** For the functions put in place of the run-time's. */
  setTimeout(action: Action, milliseconds: number, args: unknown[]): unknown {
    if (!this.#isOn) return real.setTimeout(action, milliseconds, ...args);
    const pending = new Pending(this.#now + Math.max(1, Math.trunc(milliseconds) || 1), false, action, args);
    this.#timers.push(pending);
    return pending;
  }

  /** For the functions put in place of the run-time's. */
  setImmediate(action: Action, args: unknown[]): unknown {
    if (!this.#isOn) return real.setImmediate(action, ...args);
    const pending = new Pending(0, false, action, args);
    this.#immediates.push(pending);
    return pending;
  }

  /** For the functions put in place of the run-time's. True when the timer was one of ours. */
  cancel(timer: unknown): boolean {
    if (!(timer instanceof Pending)) return false;
    this.#timers = this.#timers.filter((pending) => pending !== timer);
    this.#immediates = this.#immediates.filter((pending) => pending !== timer);
    return true;
  }
}

function earliest(timers: readonly Pending[]): Pending | undefined {
  let first: Pending | undefined;
  for (const timer of timers) if (first === undefined || timer.due < first.due) first = timer;
  return first;
}

/** The one there is. */
export const virtualTime: VirtualTime = new VirtualTime();

// What `promisify` looks for.
function symbolsOf(action: object): Record<symbol, unknown> {
  return Object.fromEntries(Object.getOwnPropertySymbols(action).map((key) => [key, Reflect.get(action, key)]));
}

const replaced = {
  setTimeout: Object.assign(
    (action: Action, milliseconds = 0, ...args: unknown[]) => virtualTime.setTimeout(action, milliseconds, args),
    symbolsOf(real.setTimeout),
  ),
  clearTimeout: (timer: unknown) => virtualTime.cancel(timer) || real.clearTimeout(timer as NodeJS.Timeout),
  setImmediate: Object.assign(
    (action: Action, ...args: unknown[]) => virtualTime.setImmediate(action, args),
    symbolsOf(real.setImmediate),
  ),
  clearImmediate: (timer: unknown) => virtualTime.cancel(timer) || real.clearImmediate(timer as NodeJS.Immediate),
};
// The application's, and those that a connection takes when it is loaded.
Object.assign(globalThis, replaced);
Object.assign(process.getBuiltinModule('node:timers'), replaced);
Object.getPrototypeOf(performance).now = () => virtualTime.now;
