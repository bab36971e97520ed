/** Takes the payload of a message as it arrives. Its methods must not throw. */
export interface MessageBody {
  /**
   * Takes the next part of the payload, which is never empty.
   *
   * @param isLent true when the memory is valid only for the time of the call; else the body owns it.
   */
  append(slice: Uint8Array, isLent?: boolean): void;
  /** Ends the message: all of its payload has arrived. */
  finish(): void;
  /** Ends the message early: the rest of its payload will not arrive. */
  cancel(error: Error): void;
}

/** What the reader of an arriving message reports back to the protocol. */
export interface Reading {
  /** The reader has read bytes that were given to `append`. */
  consumed(bytes: number): void;
  /** The reader has read all that was given to `append` and waits for more. Set when payload is inflated on demand. */
  wanted?(): void;
  /** The reader wants no more of the message. */
  stop(): void;
  /** True when later messages cannot be read before this one has ended. */
  readonly isFirst?: boolean;
  /** The reader has read all that has arrived and begins to wait for more, or stops waiting. Calls alternate. */
  starve(isStarving: boolean): void;
  /** The message begins to wait for its handler, or stops waiting. Calls alternate. */
  lag(isLagging: boolean): void;
}
