import { after, type Timer } from '../time/clock.js';

/** Milliseconds between two pings, and before the first. */
const KNOCK_INTERVAL = 50;
/** A client that has not answered this many pings gets everything all the same. */
const MOST_KNOCKS = 20;

/** The {@link Protocol} whose output a {@link Hold} holds back. */
export interface HeldProtocol {
  /** True until the peer has spoken, or `release` was called. */
  readonly isHeld: boolean;
  /** Queues a ping, which may leave although everything else is held back. */
  knock(): void;
  /** Lets everything leave that was held back. */
  release(): void;
}

/**
 * The wait of a server for a Go client that has not spoken yet.
 *
 * A Go client loses what arrives before it is ready to read. So a ping is sent every 50 ms until the client sends something, and
 * everything else is held back until then.
 *
 * Invariants:
 * - At most 20 pings are sent. A client that has not answered 50 ms after the last one is not waited for any longer.
 * - No ping is sent once the protocol is not held any more.
 */
export class Hold {
  readonly #protocol: HeldProtocol;
  readonly #onOutput: () => void;
  #timer: Timer;

  /** @param onOutput is called when there is something to write. */
  constructor(protocol: HeldProtocol, onOutput: () => void) {
    this.#protocol = protocol;
    this.#onOutput = onOutput;
    this.#timer = this.#wait(MOST_KNOCKS);
  }

  /** Stops the wait: the transport is gone. */
  stop(): void {
    this.#timer.cancel();
  }

  #wait(knocksLeft: number): Timer {
    return after(KNOCK_INTERVAL, () => {
      if (!this.#protocol.isHeld) return;
      if (knocksLeft > 0) {
        this.#protocol.knock();
        this.#timer = this.#wait(knocksLeft - 1);
      } else {
        this.#protocol.release();
      }
      this.#onOutput();
    });
  }
}
