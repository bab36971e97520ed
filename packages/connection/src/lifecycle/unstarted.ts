import { warnOnce } from '../application/warnings.js';
import type { Platform } from '../protocol/contract/platform.js';
import { afterIfAlive, areRequestsApart, now, type Timer } from '../time/clock.js';

/** Milliseconds that a connection may be open without being started before it is told. */
const PATIENCE = 5000;

/** A connection that waits to be started. */
export interface Unstarted {
  /** Called once, when it has waited for 5 seconds. Must not throw. */
  onForgotten(): void;
}

// Those that wait, with the times at which they have waited long enough: in the order in which they came.
const waiting = new Map<Unstarted, number>();
let timer: Timer | undefined;

/**
 * Tells `connection` when 5 seconds have passed. One timer serves all of them, as there may be very many, and it does not keep the
 * process alive. In workerd nobody is told.
 * In workerd nobody is told.
 */
export function expectStart(connection: Unstarted): void {
  // A request that ends takes the timer along, and its connections would wait here for ever.
  if (areRequestsApart) return;
  waiting.set(connection, now() + PATIENCE);
  timer ??= afterIfAlive(PATIENCE, wake);
}

/** Tells `connection` no more: it was started, or has ended. */
export function forgoStart(connection: Unstarted): void {
  if (!waiting.delete(connection) || waiting.size > 0) return;
  timer?.cancel();
  timer = undefined;
}

function wake(): void {
  timer = undefined;
  const time = now();
  for (const [connection, due] of waiting) {
    if (due > time) {
      // Who was told may have made another wait.
      timer ??= afterIfAlive(due - time, wake);
      return;
    }
    waiting.delete(connection);
    connection.onForgotten();
  }
}

/** Warns that nobody has started a connection. @param url of a client, as it may be shown. */
export function warnNotStarted(platform: Platform, isClient: boolean, url: string | undefined): void {
  const [which, kind, todo] = isClient
    ? [`to ${url ?? 'a server'}, opened`, url ?? '', 'call start(), or add it to a pool,']
    : ['of a server, accepted', '', 'call start(), or let what onConnection returns resolve,'];
  warnOnce(platform, 'WEBSON_NOT_STARTED', kind, () => ({
    message: `A connection ${which} 5 seconds ago, is not started: nothing that its peer sends is handled. Please ${todo} as soon as its handlers are registered.`,
  }));
}
