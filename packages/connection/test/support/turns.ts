import { setImmediate as nextImmediate } from 'node:timers/promises';

/** Lets the event loop turn `count` times: what is due by then in memory has happened. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await nextImmediate();
}
