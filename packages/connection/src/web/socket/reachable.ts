// The globals of a page or a worker as far as they are used here: see web-sockets.ts.
interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

interface Scope extends Target {
  readonly document?: Target & { readonly visibilityState: string };
}

/**
 * Calls `action` whenever a peer that could not be reached may be reached again: when the network is back (HTML §9.4.3), when a page
 * is shown after it was hidden, and when it goes on after it was frozen or kept for the way back. Returns a function that releases
 * the listeners. Where there are no such events, as on React Native, it is never called.
 */
export function whenReachable(action: () => void): () => void {
  const scope = globalThis as unknown as Scope;
  const { document } = scope;
  const onVisible = (): void => {
    if (document?.visibilityState === 'visible') action();
  };
  scope.addEventListener?.('online', action);
  scope.addEventListener?.('pageshow', action);
  document?.addEventListener?.('visibilitychange', onVisible);
  document?.addEventListener?.('resume', action);
  return () => {
    scope.removeEventListener?.('online', action);
    scope.removeEventListener?.('pageshow', action);
    document?.removeEventListener?.('visibilitychange', onVisible);
    document?.removeEventListener?.('resume', action);
  };
}
