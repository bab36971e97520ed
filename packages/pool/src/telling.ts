import { ClosedError, type CloseInfo, Connection, WebsonError } from '@webson/connection';
import { isA, platform, pooled, showUnheard, summaryOf, toError, warnOnce } from '@webson/connection/internal';
import type { RedialAdapter } from './first-dial.js';
import type { RedialEvent } from './redial.js';

/** Calls an action of the application about a connection. What it throws is heard, and does not disturb the pool. */
export function tell(adapter: RedialAdapter, call: () => unknown): void {
  (async () => call())().catch((thrown: unknown) => {
    if (isA(adapter, Connection)) pooled(adapter).hear(thrown);
    // Before the first connection is there, nobody else can hear it.
    else showUnheard(platform, toError(thrown), 'by a function of a pool');
  });
}

/** Writes a step of dialling to the trace, if somebody wants to see it. */
export function traceRedial(event: RedialEvent, adapter: RedialAdapter): void {
  if (platform.trace === undefined) return;
  const { step, attempt } = event;
  const when = step === 'wait' ? ` in ${Math.round(event.delay)} ms` : '';
  const why = 'cause' in event ? `: ${describe(event.cause)}` : '';
  platform.trace(`redial: ${step}, attempt ${attempt}${when}${why}`, adapter);
}

/** Writes that a client has broken and is not dialled again, as the pool has no attempts. */
export function traceNoRedial(adapter: RedialAdapter): void {
  platform.trace?.('redial: none, clientRetry is 0', adapter);
}

/**
 * Warns that a pool has given up a member, once for each pool and kind of cause; but not when this side wanted no more: by `close`,
 * or by a signal. To be called when the application hears nothing of it.
 *
 * @param pool tells pools of the same name apart.
 */
export function warnGivenUp(pool: number, poolName: string, event: RedialEvent, { name }: RedialAdapter): void {
  if (event.step !== 'giveUp' || isWanted(event.cause)) return;
  const { attempt, cause } = event;
  warnOnce(platform, 'WEBSON_POOL_GAVE_UP', `${pool} ${kindOf(cause)}`, () => ({
    message: `${poolName} has given up its client ${JSON.stringify(name)} after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}, and dials it no more: ${describe(cause)}. clientRetry says how many attempts in a row there are, retryOn after which refusals, and onRedial of the pool hears of it in place of this warning.`,
  }));
}

// Whether this side has given up the member itself.
function isWanted(cause: CloseInfo | Error): boolean {
  if ('wasClean' in cause) return false;
  return (
    isA(cause, ClosedError) || cause.name === 'AbortError' || (isA(cause, WebsonError) && cause.code === 'ABORTED')
  );
}

function kindOf(cause: CloseInfo | Error): string {
  if ('wasClean' in cause) return `closed with ${cause.code}`;
  const { name, code, status } = cause as Error & { code?: unknown; status?: unknown };
  return [name, code, status].map(String).join(' ');
}

function describe(cause: CloseInfo | Error): string {
  return 'wasClean' in cause ? `closed with ${cause.code}` : summaryOf(cause);
}
