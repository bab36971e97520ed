import { after, afterInput, now, type Timer } from '../time/clock.js';

/** Milliseconds that a transport has to end once both Close frames have passed. */
const LINGER = 500;

/** The part of a transport that a {@link Closing} uses. */
export interface ClosingTransport {
  /** Ends the transport at once. It may have ended before. */
  destroy(): void;
}

/**
 * The deadlines of a connection that is closing.
 *
 * RFC 6455 §7.1.1: the client waits for the server to end the transport, and the server waits for the client to end its side of
 * it.
 *
 * Invariants:
 * - The transport is destroyed `timeout.close` after the closing began, unless it has ended before.
 * - After `linger` it is destroyed in half a second, or in `timeout.close` if that is shorter.
 * - Bytes that reached the socket before the first deadline are read before the transport is destroyed, because this process may
 *   have been busy.
 */
export class Closing {
  /** When the closing began, in milliseconds as `now` returns them. */
  readonly since: number = now();
  readonly #transport: ClosingTransport;
  readonly #timeout: number;
  #timer: Timer;

  /** @param timeout `timeout.close` in milliseconds, which begins now. */
  constructor(transport: ClosingTransport, timeout: number) {
    this.#transport = transport;
    this.#timeout = timeout;
    this.#timer = after(timeout, () => this.#expire());
  }

  /** Replaces the deadline by the short one: the peer has nothing more to send, or does not read. */
  linger(): void {
    this.#timer.cancel();
    this.#timer = after(Math.min(LINGER, this.#timeout), () => this.#transport.destroy());
  }

  /** Cancels the deadline: the transport has ended. */
  stop(): void {
    this.#timer.cancel();
  }

  #expire(): void {
    const timer = this.#timer;
    afterInput(() => {
      // The input may have led to `linger`, which gives the transport more time.
      if (this.#timer === timer) this.#transport.destroy();
    });
  }
}
