// Taken when this module loads: tests replace the global ones for a while.
const startImmediate: ((action: () => void) => unknown) | undefined = globalThis.setImmediate;
const startTimer = globalThis.setTimeout;

/** Calls `action` in a later turn of the event loop. */
export function inNextTurn(action: () => void): void {
  if (startImmediate === undefined) startTimer(action, 0);
  else startImmediate(action);
}

/** Lets the event loop turn `count` times: what is due by then in memory has happened. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>(inNextTurn);
}
