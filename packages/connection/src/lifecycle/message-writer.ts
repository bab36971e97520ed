import type { PiecewiseMessage } from '../protocol/outbound/piecewise-message.js';
import type { Link } from './link.js';

/**
 * A message that is sent piece by piece, and the wait of its source for room.
 *
 * Invariants:
 * - As long as its source waits, the connection counts it among the senders that wait: see {@link Admission}.
 */
export class MessageWriter {
  readonly #link: Link;
  readonly #message: PiecewiseMessage;
  // Set while the source waits.
  #goOn: (() => void) | undefined;

  /**
   * Begins the message.
   *
   * @param onStop is called when the peer wants no more of it.
   */
  constructor(link: Link, type: number, onStop: () => void) {
    this.#link = link;
    this.#message = link.open(type, { onRoom: () => this.release(), onStop });
  }

  /** True once nothing more is sent, because this side has closed the connection, or it has ended. */
  get isClosing(): boolean {
    return this.#link.isClosing;
  }

  /** True while no piece is wanted. */
  get isFull(): boolean {
    return this.#message.isFull;
  }

  /** True once its last frame is queued, or it was given up. */
  get isDone(): boolean {
    return this.#message.isDone;
  }

  /**
   * Resolves when a piece is wanted or, behind `end`, has left, and when `release` is called. Call it while `isFull` or not yet
   * `isDone`, and not twice at a time.
   */
  room(): Promise<void> {
    this.#link.setWaiting(true);
    return new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  /** The source waits no longer. */
  release(): void {
    const goOn = this.#goOn;
    if (goOn === undefined) return;
    this.#goOn = undefined;
    this.#link.setWaiting(false);
    goOn();
  }

  /** Sends the next piece, which must not change before the next one is wanted. */
  write(piece: Uint8Array): void {
    this.#message.write(piece);
  }

  /** No more pieces will come. */
  end(): void {
    this.#message.end();
  }

  /** Gives the message up. Returns false when a part was sent and cannot be taken back, because there are no streams. */
  abort(): boolean {
    this.release();
    return this.#message.abort();
  }
}
