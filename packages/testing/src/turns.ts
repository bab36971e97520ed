// Read when this module loads, because tests may replace the global functions later.
const startImmediate: ((action: () => void) => unknown) | undefined = globalThis.setImmediate;
const startTimer = globalThis.setTimeout;

/** Calls `action` in a later turn of the event loop. */
export function inNextTurn(action: () => void): void {
  if (startImmediate === undefined) startTimer(action, 0);
  else startImmediate(action);
}

/** Resolves after `count` turns of the event loop. Transports in memory have delivered their bytes by then. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>(inNextTurn);
}
