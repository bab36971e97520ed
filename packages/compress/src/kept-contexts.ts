/** Who holds a zlib context from one message to the next. */
export interface ContextHolder {
  /** Gives it up: from now on there is the window alone. */
  releaseContext(): void;
}

/** Bytes of all zlib contexts that are kept from one message to the next. */
const BUDGET = 48 << 20;

/**
 * The zlib contexts that live on between the messages of connections with context takeover, over all connections. Beyond
 * the budget the one that was not used for longest is given up; its connection has its window, and takes another when it
 * needs one, which costs the reading of the window.
 */
export class KeptContexts {
  readonly #budget: number;
  readonly #holders = new Map<ContextHolder, number>();
  #bytes = 0;

  /** @param budget bytes. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps the context of a holder, which has none kept. */
  keep(holder: ContextHolder, bytes: number): void {
    this.#holders.set(holder, bytes);
    this.#bytes += bytes;
    for (const [oldest] of this.#holders) {
      if (this.#bytes <= this.#budget) return;
      this.take(oldest);
      oldest.releaseContext();
    }
  }

  /** The holder uses its context, or closes it: it is safe from now on, and counts no more. */
  take(holder: ContextHolder): void {
    const bytes = this.#holders.get(holder);
    if (bytes === undefined) return;
    this.#holders.delete(holder);
    this.#bytes -= bytes;
  }
}

/** Those of this process. */
export const keptContexts: KeptContexts = new KeptContexts(BUDGET);
