import { after, type Timer } from '../time/clock.js';

/** Handlers that have not settled, as a {@link Dispatcher} knows them. */
export interface PendingHandlers {
  /** Messages whose handlers are pending, and those that queue behind them. */
  readonly unsettled: number;
  /** Calls `action` once there are none of either; it replaces the one before. */
  whenSettled(action: () => void): void;
}

/** Who answers. */
export interface CloseAnswerOwner {
  /** What is queued may not leave before the peer has said something: it will not any more. */
  readonly isStuck: boolean;
  /** Now is the time. */
  onAnswerDue(): void;
}

/** The answer waits for the next handler to settle for so many looks, so many milliseconds apart. */
const LOOKS = 4;
const LOOK_INTERVAL = 250;
/** The answer waits for the so-manieth part of `timeout.close` at most: the peer may have the same deadline. */
const SHARE = 2;

/**
 * When a Close of the peer is answered that has overtaken messages.
 *
 * A Close is read while handlers of messages that came before it are pending, or have not been called yet. Nothing can be
 * sent behind the answer, so it waits until all of them have settled, and their replies go first (RFC 6455 §5.5.1 leaves the
 * time to us). A handler that hangs must not keep the peer: the answer waits for as long as one settles every second, and for
 * half of `timeout.close` at most.
 *
 * The peer grants no more windows after its Close: what is sent meanwhile has to do with those there are, and with more
 * queued than they allow nothing is waited for.
 */
export class CloseAnswer {
  readonly #handlers: PendingHandlers;
  readonly #owner: CloseAnswerOwner;
  readonly #deadline: Timer;
  #timer: Timer | undefined;
  #isOver = false;

  /** @param closeTimeout milliseconds. The owner is told once, unless `stop` is called. */
  constructor(handlers: PendingHandlers, closeTimeout: number, owner: CloseAnswerOwner) {
    this.#handlers = handlers;
    this.#owner = owner;
    this.#deadline = after(closeTimeout / SHARE, () => this.#end());
    this.#watch(handlers.unsettled, LOOKS);
    handlers.whenSettled(() => this.#end());
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.#isOver = true;
    this.#deadline.cancel();
    this.#timer?.cancel();
  }

  #watch(before: number, looks: number): void {
    this.#timer = after(LOOK_INTERVAL, () => {
      const { unsettled } = this.#handlers;
      if (this.#owner.isStuck) this.#end();
      else if (unsettled < before) this.#watch(unsettled, LOOKS);
      else if (looks > 1) this.#watch(unsettled, looks - 1);
      else this.#end();
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.onAnswerDue();
  }
}
