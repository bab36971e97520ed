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

interface Listeners {
  readonly actions: Set<() => void>;
  readonly onAbort: () => void;
}

// Any number may listen to the same signal, which has one listener then: Node warns of more than ten.
const listeners = new WeakMap<AbortSignal, Listeners>();

/** Calls `action` when the signal aborts; what it returns takes that back. */
export function whenAborted(signal: AbortSignal | undefined, action: () => void): () => void {
  if (signal === undefined) return () => {};
  const { actions, onAbort } = listeners.get(signal) ?? listen(signal);
  actions.add(action);
  return () => {
    if (!actions.delete(action) || actions.size > 0) return;
    listeners.delete(signal);
    signal.removeEventListener('abort', onAbort);
  };
}

function listen(signal: AbortSignal): Listeners {
  const actions = new Set<() => void>();
  const onAbort = (): void => {
    for (const each of [...actions]) each();
  };
  const made = { actions, onAbort };
  listeners.set(signal, made);
  signal.addEventListener('abort', onAbort, { once: true });
  return made;
}
