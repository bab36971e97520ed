import { after, type Timer } from './clock.js';

/** Handlers that have not settled, as a {@link Dispatcher} knows them. */
export interface PendingHandlers {
  /** As many are pending as may be: what comes has to queue. */
  readonly isBusy: boolean;
  /** Messages whose handlers are pending, and those that queue behind them. */
  readonly unsettled: number;
  /** Calls `action` once there are none of either; it replaces the one before. */
  whenSettled(action: () => void): void;
}

/** The answer waits for the next handler to settle for so many looks, so many milliseconds apart. */
const LOOKS = 4;
const LOOK_INTERVAL = 250;
/** The answer waits for the so-manieth part of `timeout.close` at most: the peer may have the same deadline. */
const SHARE = 2;

/**
 * When a Close of the peer is answered that has overtaken messages.
 *
 * A Close is read while messages that came before it still wait for their handlers. Nothing can be sent behind the answer,
 * so it waits until those handlers have settled, and their replies go first (RFC 6455 §5.5.1 leaves the time to us). A
 * handler that hangs must not keep the peer: the answer waits for as long as one settles every second, and for half of
 * `timeout.close` at most.
 *
 * The peer grants no more windows after its Close: what is sent meanwhile has to do with those there are.
 */
export class CloseAnswer {
  readonly #handlers: PendingHandlers;
  readonly #onDue: () => void;
  readonly #deadline: Timer;
  #timer: Timer | undefined;
  #isOver = false;

  /** @param closeTimeout milliseconds. `onDue` is called once, unless `stop` is. */
  constructor(handlers: PendingHandlers, closeTimeout: number, onDue: () => void) {
    this.#handlers = handlers;
    this.#onDue = onDue;
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
      if (unsettled < before) this.#watch(unsettled, LOOKS);
      else if (looks > 1) this.#watch(unsettled, looks - 1);
      else this.#end();
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.stop();
    this.#onDue();
  }
}
