import { type OutgoingMessage, OutgoingState } from './outgoing-message.js';
import type { Sender } from './sender.js';

/** The owner of a {@link PiecewiseMessage}, which writes the output. */
export interface OutputOwner {
  /** There may be something to write. */
  onOutput(): void;
}

/** A message that is sent piece by piece, as its source yields it. */
export class PiecewiseMessage {
  readonly #message: OutgoingMessage;
  readonly #sender: Sender;
  readonly #owner: OutputOwner;

  constructor(message: OutgoingMessage, sender: Sender, owner: OutputOwner) {
    this.#message = message;
    this.#sender = sender;
    this.#owner = owner;
  }

  /** True when its last frame is queued, or it was aborted. */
  get isDone(): boolean {
    return this.#message.state === OutgoingState.Done;
  }

  /** True when no piece is wanted before the next `onRoom`. */
  get isFull(): boolean {
    return this.#sender.isFull(this.#message);
  }

  /** Queues the next piece, which must not change before the next one is wanted. Does nothing once our Close is queued. */
  write(piece: Uint8Array): void {
    this.#sender.write(this.#message, piece);
    this.#owner.onOutput();
  }

  /** No more pieces will come. */
  end(): void {
    this.#sender.end(this.#message);
    this.#owner.onOutput();
  }

  /**
   * Aborts the message. Returns false when a part was sent and cannot be taken back, because there are no streams. The caller
   * then has to fail the connection.
   */
  abort(): boolean {
    const isUndone = this.#sender.abort(this.#message);
    this.#owner.onOutput();
    return isUndone;
  }
}
