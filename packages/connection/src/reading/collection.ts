/** A message that is collected in memory because its handler wants it complete. */
export interface Collector {
  /** Called when there may be room for the bytes that could not be counted before. */
  goOn(): void;
}

/**
 * Bounds the memory of all streamed messages of a connection that are collected in memory with `completed` or `read`. These
 * give the peer its window back although the bytes are still held, so flow control does not bound them.
 *
 * Invariants:
 * - A byte is counted before its window is given back, and until the handler of its message has settled.
 * - The counted bytes of all messages together never exceed the limit.
 */
export class Collection {
  readonly #limit: number;
  #bytes = 0;
  // Messages that have arrived completely and whose handlers are pending: room is made when these settle.
  #complete = 0;
  readonly #waiting = new Set<Collector>();

  /** @param limit bytes of all messages together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True when waiting for room makes sense: a complete message is held, whose handler will settle. */
  get hasWhole(): boolean {
    return this.#complete > 0;
  }

  /** Counts bytes. Returns false, and counts nothing, when they exceed the limit. */
  add(bytes: number): boolean {
    if (this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Calls `goOn` once, when there may be room. */
  wait(collector: Collector): void {
    this.#waiting.add(collector);
  }

  /** Records a message that has arrived completely before its handler has settled. */
  addWhole(): void {
    this.#complete++;
  }

  /** Releases what a message held: its counted bytes, and its record made by `addWhole`. */
  remove(collector: Collector, bytes: number, isWhole: boolean): void {
    this.#waiting.delete(collector);
    this.#bytes -= bytes;
    if (isWhole) this.#complete--;
    if ((bytes === 0 && !isWhole) || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const each of waiting) each.goOn();
  }
}
