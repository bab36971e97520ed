type Listener = () => void;

/**
 * An AbortSignal that is not Node's, as a library brings it along: an object of another class, with no more than the few
 * members that have always been there.
 */
class ForeignSignal {
  aborted = false;
  reason: unknown;
  readonly listeners = new Set<Listener>();

  addEventListener(_type: string, listener: Listener): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: string, listener: Listener): void {
    this.listeners.delete(listener);
  }
}

/** What aborts one of them. */
export class ForeignController {
  readonly #signal = new ForeignSignal();

  get signal(): AbortSignal {
    return this.#signal as unknown as AbortSignal;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#signal.listeners.size;
  }

  /** @param reason older ones have none. */
  abort(reason?: unknown): void {
    if (this.#signal.aborted) return;
    this.#signal.aborted = true;
    this.#signal.reason = reason;
    for (const listener of this.#signal.listeners) listener();
  }
}
