// A signal may be that of a library which brings its own, such as jsdom or happy-dom: no more is asked of it than `aborted`
// and the event. Older ones know no reason.

/** What an aborted signal has for a reason: an AbortError when it gives none. */
export function abortReason(signal: AbortSignal): unknown {
  const { reason } = signal;
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
}

/** Throws the reason of a signal that has aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}
