import type { InboundWindow, OutboundWindow } from '../contract/window.js';

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

  consume(bytes: number): number | undefined {
    this.#consumed += bytes;
    if (this.#limit - this.#consumed > this.#size / 2) return undefined;
    this.#limit = this.#consumed + this.#size;
    return this.limit;
  }
}
