/** What has come and was not asked for yet, or who waits for what is still to come. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: { resolve(item: T): void; reject(error: Error): void }[] = [];
  #end: Error | undefined;

  /** How many have come and were not asked for. */
  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first.resolve(item);
  }

  /** Nothing more will come: whoever waits hears why, instead of a test that times out. */
  end(why: string): void {
    this.#end ??= new Error(why);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async take(count: number): Promise<T[]> {
    const items: T[] = [];
    while (items.length < count) items.push(await this.next());
    return items;
  }
}
