// A signal may come from a library with its own implementation, such as jsdom or happy-dom. So only `aborted` and the event are
// relied on: older implementations have no `reason`.

/** The reason of an aborted signal; an AbortError when it has none. */
export function abortReason(signal: AbortSignal): unknown {
  const { reason } = signal;
  return reason === undefined ? abortError() : reason;
}

// React Native has not always had DOMException, nor reasons.
function abortError(): Error {
  const message = 'This operation was aborted';
  if (typeof DOMException === 'function') return new DOMException(message, 'AbortError');
  return Object.assign(new Error(message), { name: 'AbortError' });
}

/** Throws the reason of a signal that has aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

interface Listeners {
  readonly actions: Set<() => void>;
  readonly onAbort: () => void;
}

// All actions on one signal share one listener, as Node warns of more than ten listeners.
const listeners = new WeakMap<AbortSignal, Listeners>();

/** Calls `action` when the signal aborts. Returns a function that cancels that. */
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
