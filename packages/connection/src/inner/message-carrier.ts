/** Receives the events of a {@link MessageCarrier}. None of these may throw. */
export interface CarrierSink {
  /** A whole message has come: a string for text. The bytes belong to the sink. */
  onMessage(payload: Uint8Array | string): void;
  /** More may be sent, after `send` has returned false. */
  onDrain(): void;
  /** The last event. */
  onClose(end: CarrierEnd): void;
}

/** How a WebSocket came to its end, as the platform tells it. */
export interface CarrierEnd {
  readonly code: number;
  readonly reason: string;
  /** True when both Close frames were exchanged. */
  readonly wasClean: boolean;
  /** What went wrong, where more is known than the code says. */
  readonly error?: Error;
}

/**
 * A WebSocket that carries whole messages and shows no frames: the platform's own, or, on a server, the connection to a client
 * that has only that.
 *
 * Events do not come from within a call, and none before `start`: what has happened until then is told after it.
 */
export interface MessageCarrier {
  /** Bytes of messages that the system has taken, as far as that is known. */
  readonly bytesTaken?: number | undefined;
  start(sink: CarrierSink): void;
  /** Sends a message. The payload belongs to the carrier. @returns false when no more should be sent until `onDrain`. */
  send(payload: Uint8Array | string): boolean;
  /** Asks for no more messages; some may come all the same. */
  pause(): void;
  resume(): void;
  /** Starts the closing handshake; a code that the platform does not let one send is replaced by 1000. */
  close(code?: number, reason?: string): void;
  /** Ends the WebSocket as abruptly as the platform lets one. */
  destroy(): void;
}
