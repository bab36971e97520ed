import type { SharedOutboundWindow } from '../contract/window.js';
import { mostReserved, SendWindow } from './window.js';

/** Stands in until a message is preferred: on most connections none ever is. Nothing is put in. */
const NONE: Set<object> = new Set();

/**
 * How much a sender may still send on a connection, over all its messages.
 *
 * The peer may say of some messages that its readers wait for them. From then until it raises the limit, the last bytes of
 * the window are for these alone: a message whose source has no piece at the moment would else find the window used up by the
 * others, again and again, until the peer cannot widen it any more.
 *
 * The bytes are kept although such a message ends, too: they were granted beyond what the peer lets be unread.
 */
export class SharedWindow implements SharedOutboundWindow {
  readonly #window: SendWindow;
  readonly #mostReserved: number;
  #reserved = 0;
  #preferred: Set<object> = NONE;

  /** @param limit bytes allowed at first. */
  constructor(limit: number) {
    this.#window = new SendWindow(limit);
    this.#mostReserved = mostReserved(limit);
  }

  get free(): number {
    return Math.max(0, this.#window.available - this.#reserved);
  }

  availableTo(message: object): number {
    return this.#preferred.has(message) ? this.#window.available : this.free;
  }

  take(bytes: number): void {
    this.#window.take(bytes);
  }

  raise(limit: number): boolean {
    if (!this.#window.raise(limit)) return false;
    this.#reserved = 0;
    if (this.#preferred.size > 0) this.#preferred.clear();
    return true;
  }

  prefer(message: object): void {
    if (this.#preferred === NONE) this.#preferred = new Set();
    this.#preferred.add(message);
    this.#reserved = Math.min(this.#mostReserved, this.#window.available);
  }

  forget(message: object): void {
    if (this.#preferred.size > 0) this.#preferred.delete(message);
  }
}
