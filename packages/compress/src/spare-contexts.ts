/** A zlib context that can be stored for reuse. */
export interface StoredContext {
  /** Forgets all history, so that any message can use the context. */
  reset(): void;
  /** Frees the memory of the context. */
  close(): void;
}

/** How many spare contexts are kept, for all settings together. Each takes up to 270 KB. */
const MAX_SPARE = 16;

/**
 * zlib contexts without history, ready for the next message of any connection. Without context takeover no connection
 * has a context of its own.
 */
export class SpareContexts<C extends StoredContext> {
  #spare: { readonly key: string; readonly context: C }[] = [];

  get size(): number {
    return this.#spare.length;
  }

  /** Takes a context with the settings that `key` stands for, if there is one. */
  take(key: string): C | undefined {
    const at = this.#spare.findLastIndex((spare) => spare.key === key);
    return at < 0 ? undefined : this.#spare.splice(at, 1)[0]?.context;
  }

  /** Resets a context and keeps it. If there are too many then, the one that was returned first is closed. */
  give(key: string, context: C): void {
    context.reset();
    this.#spare.push({ key, context });
    if (this.#spare.length > MAX_SPARE) this.#spare.shift()?.context.close();
  }
}
