import type { InboundWindow, OutboundWindow } from '../contract/window.js';

/** Bytes by which the connection's window is widened at a time for readers that wait behind the messages of others. */
const FEED = 256 * 1024;

/**
 * Most bytes unread and allowed, as a multiple of the connection's window, that waiting readers may extend the window
 * to.
 */
export const MOST_WINDOWS: number = 16;

/**
 * Returns the most bytes of a connection's window that a sender reserves for messages that readers wait for. It is at
 * most half the window: the receiver grants at half a window, so the other messages always get their next grant.
 *
 * @param size bytes of the window at first.
 */
export function mostReserved(size: number): number {
  return Math.min(FEED, Math.max(1, Math.floor(size / 2)));
}

/** Limits on the wire are modulo this number. */
const MODULUS = 0x1_0000_0000;

/** The window of a sender, for one message. */
export class SendWindow implements OutboundWindow {
  #sent = 0;
  #limit: number;

  /** @param limit bytes allowed at first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get available(): number {
    return this.#limit - this.#sent;
  }

  /** Bytes taken so far. */
  get sent(): number {
    return this.#sent;
  }

  take(bytes: number): void {
    this.#sent += bytes;
  }

  raise(limit: number): boolean {
    const more = (limit - this.#limit) | 0;
    if (more <= 0) return false;
    this.#limit += more;
    return true;
  }
}

/** The window of a receiver, which grants a new limit when half the window or less is left. */
export class ReceiveWindow implements InboundWindow {
  readonly #size: number;
  #received = 0;
  #consumed = 0;
  #limit: number;

  /** @param size bytes that may be unread at a time. */
  constructor(size: number) {
    this.#size = size;
    this.#limit = size;
  }

  get available(): number {
    return this.#limit - this.#received;
  }

  get unread(): number {
    return this.#received - this.#consumed;
  }

  /** Bytes received plus bytes consumed. */
  get moved(): number {
    return this.#received + this.#consumed;
  }

  get limit(): number {
    return this.#limit % MODULUS;
  }

  widen(bytes: number): number {
    this.#limit += bytes;
    return this.limit;
  }

  receive(bytes: number): boolean {
    this.#received += bytes;
    return this.#received <= this.#limit;
  }

  consume(bytes: number, reserved = 0): number | undefined {
    this.#consumed += bytes;
    if (this.#limit - this.#consumed - reserved > this.#size / 2) return undefined;
    this.#limit = Math.max(this.#consumed + this.#size, this.#limit + 1);
    return this.limit;
  }
}
