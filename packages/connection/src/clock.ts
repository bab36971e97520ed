/** A pending call. */
export interface Timer {
  /** Takes the call back; nothing happens when it was made already. */
  cancel(): void;
}

/** Milliseconds on a clock that never goes backwards. */
export function now(): number {
  return performance.now();
}

/** Calls `action` once, after `delay` milliseconds. */
export function after(delay: number, action: () => void): Timer {
  const timer = setTimeout(action, delay);
  return { cancel: () => clearTimeout(timer) };
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
