// What `@webson/connection` asks of a transport. The two interfaces stand here once more, word for word, so that this package
// needs no other; a test of that package holds them equal.

/** Receives what a {@link Transport} has to say. None of these may throw. */
export interface TransportSink {
  /**
   * Bytes have come. Whoever receives them may write to the memory, and owns it, unless it is lent: then it is used for
   * other bytes as soon as the call has returned.
   */
  onData(chunk: Uint8Array, isLent?: boolean): void;
  /** All that the last `write` could not pass on at once has been passed on. */
  onDrain(): void;
  /** The peer will send nothing more. */
  onEnd(): void;
  /** The transport is gone, with the error that ended it if one did. The last event, and always the last. */
  onClose(error?: Error): void;
}

/** Bytes that a transport reads before it is started; what is read with the last of them may make it more. */
export const READ_AHEAD: number = 64 * 1024;

/**
 * The smallest duplex byte stream a connection needs. One to write at a time: see `write`. What a method throws ends the
 * connection.
 */
export interface Transport {
  /**
   * Bytes that the system has taken, of those ever written, as far as can be told before `onDrain` does: a large write is
   * seen to move. Where this is undefined, or missing, only whole writes count, and large ones are made in pieces.
   */
  readonly bytesTaken?: number | undefined;
  /**
   * Bytes that the system has handed over, where they are more than those that `onData` has told of: one that decrypts may have
   * half a record. Undefined, or missing, where `onData` tells of all.
   */
  readonly bytesReceived?: number | undefined;
  /** Begins to read. Called once; whatever happened before is told now. */
  start(sink: TransportSink): void;
  /**
   * Reads ahead before `start`, about {@link READ_AHEAD} bytes, and tells what happens; `start` tells all of it once more, to
   * its own sink, and from then on nobody else. What comes is only to be looked at. Without this, nobody sees a peer leave
   * whose connection is not started.
   */
  watch?(sink: TransportSink): void;
  /**
   * Writes the parts in their order, as one write where it can.
   *
   * True: the memory is free again. False: it must not change, and nothing more be written, until `onDrain`.
   */
  write(parts: readonly Uint8Array[]): boolean;
  /** Stops reading; what is under way may still come. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Ends the writing side once everything written has been passed on. */
  end(): void;
  /** Ends everything at once; what is not passed on yet is lost. */
  destroy(error?: Error): void;
}
