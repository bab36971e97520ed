import type { Wait } from '../protocol/contract/frame-queue.js';
import { after, type Timer } from '../time/clock.js';

/** Whose pings are waited for. */
export interface PatienceOwner {
  /** Milliseconds that a pong may take. */
  readonly pongTimeout: number;
  /** A pong is waited for from now on. */
  onAsked(): void;
}

/** Keeps the time of what is waited for. */
export class Patience {
  readonly #owner: PatienceOwner;
  readonly #onOver: () => void;
  #wait: Wait | undefined;
  #timer: Timer | undefined;

  /**
   * @param owner tells, each time, how long a pong may take.
   * @param onOver called once for each wait that was not over in time; `look` is to follow.
   */
  constructor(owner: PatienceOwner, onOver: () => void) {
    this.#owner = owner;
    this.#onOver = onOver;
  }

  /** @param wait what is waited for now; undefined: nothing. */
  look(wait: Wait | undefined): void {
    if (this.#wait === wait) return;
    this.#timer?.cancel();
    this.#wait = wait;
    this.#timer = undefined;
    if (wait === undefined) return;
    if (wait.pongTimeouts > 0) this.#owner.onAsked();
    this.#timer = after(wait.ms + wait.pongTimeouts * this.#owner.pongTimeout, () => {
      // The same may be waited for once more.
      this.#wait = undefined;
      this.#onOver();
    });
  }
}
