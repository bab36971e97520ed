/** Allows so many messages at once, and so many a second in the long run. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #time: number;

  /** @param time now, in ms of any clock that goes forward. */
  constructor(burst: number, perSecond: number, time: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#time = time;
  }

  /** Whether one more is allowed; it counts then. */
  take(time: number): boolean {
    const gained = (Math.max(0, time - this.#time) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#time = time;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
