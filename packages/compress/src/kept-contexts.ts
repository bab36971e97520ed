/** Keeps a zlib context from one message to the next. */
export interface ContextHolder {
  /** Gives up the context, after which only the window is left. */
  releaseContext(): void;
}

/** The most bytes that all kept zlib contexts of this process may take together. */
const BUDGET = 48 << 20;

/**
 * The zlib contexts that connections with context takeover keep between messages, for all connections together.
 *
 * - The contexts never take more than the budget: above it, the least recently used one is released.
 * - A connection whose context was released still has its window. Its next message opens a new context, which has to
 *   read the window.
 */
export class KeptContexts {
  readonly #budget: number;
  readonly #holders = new Map<ContextHolder, number>();
  #bytes = 0;

  /** @param budget bytes. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes of all contexts that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps the context of a holder that has no other context kept. */
  keep(holder: ContextHolder, bytes: number): void {
    this.#holders.set(holder, bytes);
    this.#bytes += bytes;
    for (const [oldest] of this.#holders) {
      if (this.#bytes <= this.#budget) return;
      this.take(oldest);
      oldest.releaseContext();
    }
  }

  /** Stops counting the context of a holder, which is about to use or close it; it will not be released meanwhile. */
  take(holder: ContextHolder): void {
    const bytes = this.#holders.get(holder);
    if (bytes === undefined) return;
    this.#holders.delete(holder);
    this.#bytes -= bytes;
  }
}

/** The kept contexts of this process. */
export const keptContexts: KeptContexts = new KeptContexts(BUDGET);
