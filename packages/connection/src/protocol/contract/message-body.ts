/** Takes a message as it arrives. None of these may throw. */
export interface MessageBody {
  /**
   * The next part of the payload, never empty. `isLent`: its memory is of use only for the time of the call; else it is the
   * body's own.
   */
  append(slice: Uint8Array, isLent?: boolean): void;
  /** All of it has come. */
  finish(): void;
  /** The rest will not come. */
  cancel(error: Error): void;
}

/** How the reader of a message that is still arriving talks back. */
export interface Reading {
  /** Bytes given to `append` have been read. */
  consumed(bytes: number): void;
  /** All that was given to `append` has been read, and its reader waits for more: for what is made when it is wanted. */
  wanted?(): void;
  /** Nobody wants the rest. */
  stop(): void;
  /** Messages that came after it cannot be read before it is over. */
  readonly isFirst?: boolean;
  /** All that has come is read, and the reader waits for more; or waits no longer. In turns. */
  starve(isStarving: boolean): void;
  /** The message waits for its handler, or waits no longer. In turns. */
  lag(isLagging: boolean): void;
}
