import { type OutgoingMessage, OutgoingState } from './outgoing-message.js';
import type { Sender } from './sender.js';

/** Who passes on what is queued. */
export interface OutputOwner {
  /** There may be something to write. */
  onOutput(): void;
}

/** A message that is sent piece by piece, as its source has it. */
export class PiecewiseMessage {
  readonly #message: OutgoingMessage;
  readonly #sender: Sender;
  readonly #owner: OutputOwner;

  constructor(message: OutgoingMessage, sender: Sender, owner: OutputOwner) {
    this.#message = message;
    this.#sender = sender;
    this.#owner = owner;
  }

  /** Its last frame is queued, or it was given up. */
  get isDone(): boolean {
    return this.#message.state === OutgoingState.Done;
  }

  /** True when no piece is wanted before the next `onRoom`. */
  get isFull(): boolean {
    return this.#sender.isFull(this.#message);
  }

  /** Queues the next piece. It must not change before the next is wanted. Ignored once the Close is sent. */
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
   * Gives it up. False when half of it is sent and cannot be taken back, without streams: then nothing but to fail the
   * connection is left.
   */
  abort(): boolean {
    const isUndone = this.#sender.abort(this.#message);
    this.#owner.onOutput();
    return isUndone;
  }
}
