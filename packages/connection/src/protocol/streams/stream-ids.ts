/** Hands out stream ids from 1 to a maximum, each again only after it was given back. */
export class StreamIds {
  readonly #max: number;
  #free: number[] | undefined;
  #unused = 1;
  #left: number;

  /** @param max ids there are, 1 to 32767. */
  constructor(max: number) {
    this.#max = max;
    this.#left = max;
  }

  /** True when there is but one that is not spent. */
  get isLast(): boolean {
    return this.#left === 1;
  }

  /** An id that nobody has, 0 when all are taken. */
  take(): number {
    const id = this.#free?.pop();
    if (id !== undefined) return id;
    return this.#unused <= this.#max ? this.#unused++ : 0;
  }

  /** Keeps an id that is out from ever being handed out again. */
  spend(): void {
    this.#left--;
  }

  /** Gives an id back. */
  release(id: number): void {
    this.#free ??= [];
    this.#free.push(id);
  }
}
