/** Over how many ms a rate is taken. */
const SPAN = 3000;
/** Samples lie at least so many ms apart. */
const STEP = 100;

/** How fast something grows, over the last few seconds. */
export class Rate {
  // The oldest first. One lies at `SPAN` or before it, where there is one.
  readonly #samples: { readonly time: number; readonly amount: number }[] = [];

  /** @param amount altogether, up to this time. @param time in ms of a clock that goes forward. */
  add(amount: number, time: number): void {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last !== undefined && time - last.time < STEP) return;
    samples.push({ time, amount });
    while (samples.length > 2 && time - samples[1]!.time >= SPAN) samples.shift();
  }

  /** Amount per second; undefined while that cannot be said. */
  perSecond(amount: number, time: number): number | undefined {
    const first = this.#samples.find((sample) => time - sample.time <= SPAN) ?? this.#samples.at(-1);
    if (first === undefined || time - first.time < STEP) return undefined;
    return ((amount - first.amount) * 1000) / (time - first.time);
  }
}
