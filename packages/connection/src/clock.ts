/** No timer of the run-time waits longer. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A pending call. */
export interface Timer {
  /** Takes the call back; nothing happens when it was made already. */
  cancel(): void;
}

/** Milliseconds on a clock that never goes backwards. */
export function now(): number {
  return performance.now();
}

/** Calls `action` once, after `delay` milliseconds, or 24 days if that is less. */
export function after(delay: number, action: () => void): Timer {
  return new Timeout(setTimeout(action, Math.min(delay, LONGEST_DELAY)));
}

class Timeout implements Timer {
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(timer: ReturnType<typeof setTimeout>) {
    this.#timer = timer;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

let due: (() => void)[] = [];

/** Calls `action` at the end of this turn of the event loop: one call of the run-time for all that is due then. */
export function atEndOfTurn(action: () => void): void {
  if (due.push(action) === 1) setImmediate(runDue);
}

function runDue(): void {
  const actions = due;
  due = [];
  for (const action of actions) action();
}
