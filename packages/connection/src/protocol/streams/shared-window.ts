import type { SharedOutboundWindow } from '../contract/window.js';
import { mostReserved, SendWindow } from './window.js';

/**
 * An empty set that all windows share until a message is preferred, which most connections never see. It is never added
 * to.
 */
const NONE: Set<object> = new Set();

/**
 * The window of a sender for a whole connection, over all its messages.
 *
 * - The peer may say that its readers wait for some messages, which are preferred then. From then until the peer raises
 *   the limit, the last bytes of the window are reserved for these messages. Without that, a message whose source has
 *   no piece at the moment would find the window used up by others again and again, until the peer cannot widen it any
 *   more.
 * - The bytes remain reserved when a preferred message ends, because the peer granted them beyond its own bound on
 *   unread bytes.
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

  get sent(): number {
    return this.#window.sent;
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
