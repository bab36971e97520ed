import type { Wait } from '../protocol/contract/frame-queue.js';
import { after, type Timer } from '../time/clock.js';

/** The owner of a {@link Patience}. */
export interface PatienceOwner {
  /** Milliseconds that a pong may take. */
  readonly pongTimeout: number;
  /** Called when the wait for a pong begins. */
  onAsked(): void;
}

/** The timer of the wait that outgoing frames are held back by, such as for the pong of a Go peer. A new wait replaces it. */
export class Patience {
  readonly #owner: PatienceOwner;
  readonly #onOver: () => void;
  #wait: Wait | undefined;
  #timer: Timer | undefined;

  /**
   * @param owner is asked at the beginning of each wait how long a pong may take.
   * @param onOver called once for each wait that was not over in time; the caller then calls `look` again.
   */
  constructor(owner: PatienceOwner, onOver: () => void) {
    this.#owner = owner;
    this.#onOver = onOver;
  }

  /** @param wait the wait that is in progress now; undefined for none. */
  look(wait: Wait | undefined): void {
    if (this.#wait === wait) return;
    this.#timer?.cancel();
    this.#wait = wait;
    this.#timer = undefined;
    if (wait === undefined) return;
    if (wait.pongTimeouts > 0) this.#owner.onAsked();
    this.#timer = after(wait.ms + wait.pongTimeouts * this.#owner.pongTimeout, () => {
      // The same wait may be started once more.
      this.#wait = undefined;
      this.#onOver();
    });
  }
}
