import type { Wait } from '../protocol/contract/frame-queue.js';
import { after, type Timer } from '../time/clock.js';

/** Keeps the time of what is waited for. */
export class Patience {
  readonly #times: { readonly pongTimeout: number };
  readonly #onOver: () => void;
  #wait: Wait | undefined;
  #timer: Timer | undefined;

  /**
   * @param times milliseconds that a pong may take, asked for each time.
   * @param onOver called once for each wait that was not over in time; `look` is to follow.
   */
  constructor(times: { readonly pongTimeout: number }, onOver: () => void) {
    this.#times = times;
    this.#onOver = onOver;
  }

  /** @param wait what is waited for now; undefined: nothing. */
  look(wait: Wait | undefined): void {
    if (this.#wait === wait) return;
    this.#timer?.cancel();
    this.#wait = wait;
    this.#timer = undefined;
    if (wait === undefined) return;
    this.#timer = after(wait.ms + wait.pongTimeouts * this.#times.pongTimeout, () => {
      // The same may be waited for once more.
      this.#wait = undefined;
      this.#onOver();
    });
  }
}
