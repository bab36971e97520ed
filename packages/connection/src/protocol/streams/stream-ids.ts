/**
 * Hands out stream ids, from 1 to a maximum.
 *
 * - An id is handed out again only after `release`, and never after `spend`.
 */
export class StreamIds {
  readonly #max: number;
  // Ids that were given back.
  #free: number[] | undefined;
  // The lowest id that was never handed out.
  #unused = 1;
  // Ids that are not spent.
  #left: number;

  /** @param max the highest id, 1 to 32767. */
  constructor(max: number) {
    this.#max = max;
    this.#left = max;
  }

  /** True when only one id is not spent. */
  get isLast(): boolean {
    return this.#left === 1;
  }

  /** Returns an id that is not in use, and 0 when all are. */
  take(): number {
    const id = this.#free?.pop();
    if (id !== undefined) return id;
    return this.#unused <= this.#max ? this.#unused++ : 0;
  }

  /** Marks an id that is in use as never to be handed out again. */
  spend(): void {
    this.#left--;
  }

  /** Gives an id back. */
  release(id: number): void {
    this.#free ??= [];
    this.#free.push(id);
  }
}
