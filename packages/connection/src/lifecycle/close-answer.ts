import { after, type Timer } from '../time/clock.js';

/** The handlers that have not settled, as the {@link Dispatcher} reports them. */
export interface PendingHandlers {
  /** Number of messages whose handlers are pending, plus the messages in the queue. */
  readonly unsettled: number;
  /** Calls `action` once `unsettled` is 0. It replaces an `action` given before. */
  whenSettled(action: () => void): void;
}

/** The owner of a {@link CloseAnswer}. */
export interface CloseAnswerOwner {
  /** True when queued output waits for a frame of the peer, which sends none after its Close. */
  readonly isStuck: boolean;
  /** Called once, when the Close has to be answered. */
  onAnswerDue(): void;
}

/** The answer is sent when no handler has settled for this many checks in a row. */
const IDLE_CHECKS = 4;
/** Milliseconds between two checks. */
const CHECK_INTERVAL = 250;
/** The answer waits at most `timeout.close` divided by this number, as the peer may have the same deadline. */
const TIMEOUT_SHARE = 2;

/**
 * Decides when the peer's Close is answered while messages that came before it still wait for their handlers.
 *
 * Nothing can be sent after the answer (RFC 6455 §5.5.1), so it waits until all those handlers have settled and their replies
 * are queued. The RFC leaves open when an endpoint answers.
 *
 * Invariants:
 * - A handler that hangs does not hold the answer back: the answer waits only as long as a handler settles every second, and at
 *   most for half of `timeout.close`.
 * - The answer does not wait when queued output exceeds the windows: the peer grants no more of them after its Close.
 * - The owner is told once, or not at all after `stop`.
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
    this.#deadline = after(closeTimeout / TIMEOUT_SHARE, () => this.#end());
    this.#watch(handlers.unsettled, IDLE_CHECKS);
    handlers.whenSettled(() => this.#end());
  }

  /** Cancels the answer. */
  stop(): void {
    this.#isOver = true;
    this.#deadline.cancel();
    this.#timer?.cancel();
  }

  #watch(before: number, checksLeft: number): void {
    this.#timer = after(CHECK_INTERVAL, () => {
      const { unsettled } = this.#handlers;
      if (this.#owner.isStuck) this.#end();
      else if (unsettled < before) this.#watch(unsettled, IDLE_CHECKS);
      else if (checksLeft > 1) this.#watch(unsettled, checksLeft - 1);
      else this.#end();
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.onAnswerDue();
  }
}
