/** Receives the events of a {@link Transport}. None of these methods may throw. */
export interface TransportSink {
  /**
   * Called with bytes that have arrived. The receiver may write to the memory. It also owns it, unless `isLent` is true: then
   * the transport uses it for other bytes as soon as the call has returned.
   */
  onData(chunk: Uint8Array, isLent?: boolean): void;
  /** Called when the system has taken the rest of the last `write`, after that had returned false. */
  onDrain(): void;
  /** Called at the half-close of the peer: it sends nothing more. */
  onEnd(): void;
  /** Called when the transport is closed, with the error that ended it if there was one. This is always the last event. */
  onClose(error?: Error): void;
}

/** Bytes that a transport reads before it is started. It may read more by the rest of its last chunk. */
export const READ_AHEAD: number = 64 * 1024;

/**
 * The duplex byte stream under a connection. An exception of a method ends the connection.
 *
 * Invariants:
 * - At most one write is pending: after `write` has returned false, it is not called again before `onDrain`.
 * - `onClose` is the last event, and comes exactly once.
 * - No event comes before `watch` or `start`, and events that happened before are not lost.
 */
export interface Transport {
  /**
   * Bytes that the system has taken since the transport began. It shows the progress of a large write before `onDrain`. When it
   * is undefined or missing, only complete writes count.
   */
  readonly bytesTaken?: number | undefined;
  /**
   * Bytes received from the system, for a transport that cannot pass all of them to `onData` at once: TLS may hold an incomplete
   * record. Undefined or missing when `onData` gets all bytes.
   */
  readonly bytesReceived?: number | undefined;
  /** Starts reading, and reports what happened before. Called once. */
  start(sink: TransportSink): void;
  /**
   * Reads ahead before `start`, about {@link READ_AHEAD} bytes, and reports events to this sink, which must not change the bytes.
   * `start` reports all of it once more to its own sink, and from then on only that sink is called. Without this method the end
   * of a peer that leaves before `start` is not noticed.
   */
  watch?(sink: TransportSink): void;
  /**
   * Writes the parts in their order, as one write if possible.
   *
   * @returns true when the memory may be used again; false when it must not change, and nothing more be written, until `onDrain`.
   */
  write(parts: readonly Uint8Array[]): boolean;
  /** Stops reading. Bytes that were read already may still be delivered. */
  pause(): void;
  /** Continues reading. */
  resume(): void;
  /** Half-closes: ends the writing side after everything written. */
  end(): void;
  /** Closes both sides at once. Bytes that the system has not taken yet are lost. */
  destroy(error?: Error): void;
}
