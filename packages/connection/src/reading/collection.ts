/** A message that is put together. */
export interface Collector {
  /** There may be room now for what was not counted. */
  goOn(): void;
}

/**
 * What the messages of a connection hold that are read as they arrive and wanted whole: `completed` and `read` give the
 * peer its window back although the bytes are still there. So they are counted, until the handler has settled, over all
 * messages.
 */
export class Collection {
  readonly #most: number;
  #bytes = 0;
  // Messages that have come whole and whose handlers have not settled: those will, and make room.
  #whole = 0;
  readonly #waiting = new Set<Collector>();

  /** @param most bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** True when it is of use to wait for room. */
  get hasWhole(): boolean {
    return this.#whole > 0;
  }

  /** Counts bytes. False, and nothing done, when they are too many. */
  add(bytes: number): boolean {
    if (this.#bytes + bytes > this.#most) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Calls `goOn` when there may be room; once. */
  wait(collector: Collector): void {
    this.#waiting.add(collector);
  }

  /** A message has come whole before its handler has settled. */
  addWhole(): void {
    this.#whole++;
  }

  /** What a message held is nobody's business any more. */
  remove(collector: Collector, bytes: number, isWhole: boolean): void {
    this.#waiting.delete(collector);
    this.#bytes -= bytes;
    if (isWhole) this.#whole--;
    if ((bytes === 0 && !isWhole) || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const each of waiting) each.goOn();
  }
}
