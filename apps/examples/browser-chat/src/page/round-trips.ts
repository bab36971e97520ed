/** How long messages take to the server and back, lately. */
export class RoundTrips {
  readonly #limit: number;
  readonly #times: number[] = [];
  #sentAt: number | undefined;

  /** @param limit how many are remembered. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True while one is under way. */
  get isUnderWay(): boolean {
    return this.#sentAt !== undefined;
  }

  /** In ms, the oldest first. */
  get times(): readonly number[] {
    return this.#times;
  }

  /** One begins. @param time in ms of a clock that goes forward. */
  begin(time: number): void {
    this.#sentAt = time;
  }

  /** It is back. Returns how long it took; undefined when none was under way. */
  end(time: number): number | undefined {
    if (this.#sentAt === undefined) return undefined;
    const took = time - this.#sentAt;
    this.#sentAt = undefined;
    this.#times.push(took);
    if (this.#times.length > this.#limit) this.#times.shift();
    return took;
  }

  /** It does not come back. */
  lose(): void {
    this.#sentAt = undefined;
  }
}
