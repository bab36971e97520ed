/** A zlib context as the stores of them need to know it. */
export interface StoredContext {
  /** Back to the beginning. */
  reset(): void;
  /** Gives its memory back. */
  close(): void;
}

/** How many are kept ready, of all settings together: each takes up to 270 KB. */
const MAX_SPARE = 16;

/**
 * zlib contexts with nothing in them, ready for the next message of any connection: without context takeover no
 * connection has one of its own.
 */
export class SpareContexts<C extends StoredContext> {
  #spare: { readonly key: string; readonly context: C }[] = [];

  get size(): number {
    return this.#spare.length;
  }

  /** One of these settings, if there is one. */
  take(key: string): C | undefined {
    const at = this.#spare.findLastIndex((spare) => spare.key === key);
    return at < 0 ? undefined : this.#spare.splice(at, 1)[0]?.context;
  }

  /** Resets one and keeps it; the one that was not wanted for longest may have to go. */
  give(key: string, context: C): void {
    context.reset();
    this.#spare.push({ key, context });
    if (this.#spare.length > MAX_SPARE) this.#spare.shift()?.context.close();
  }
}
