import { type CloseInfo, Connection } from '@webson/connection';
import { isA, platform, pooled, showUnheard, summaryOf, toError } from '@webson/connection/internal';
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

function describe(cause: CloseInfo | Error): string {
  return 'wasClean' in cause ? `closed with ${cause.code}` : summaryOf(cause);
}
