import type { InboundWindow, OutboundWindow } from '../contract/window.js';

/** Bytes that the connection's window is widened by at a time for readers that wait behind others' messages. */
const FEED = 256 * 1024;

/**
 * Bytes that a sender keeps at most, of the window of a connection, for messages that are waited for: half of it at most, for as
 * it is granted at half a window a sender that keeps no more never waits for what will not come.
 *
 * @param size bytes of the window at first.
 */
export function mostReserved(size: number): number {
  return Math.min(FEED, Math.max(1, Math.floor(size / 2)));
}

/** Limits on the wire are known modulo this. */
const MODULUS = 0x1_0000_0000;

/** The window of a sender. */
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

/** The window of a receiver. Grants at half a window. */
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
