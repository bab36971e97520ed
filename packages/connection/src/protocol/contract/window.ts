/** The window of a sender: an absolute limit, in bytes, that the receiver raises. */
export interface OutboundWindow {
  /** Bytes that may be sent now. */
  readonly available: number;
  /** Counts bytes that are sent, at most `available`. */
  take(bytes: number): void;
  /**
   * Sets a new limit, given modulo 2^32. A limit that is not above the present one is a repetition and changes nothing.
   * Returns true when more may be sent than before.
   */
  raise(limit: number): boolean;
}

/** The window of a sender for a whole connection, in which bytes can be reserved for preferred messages. */
export interface SharedOutboundWindow {
  /** Bytes that were sent since the connection began. */
  readonly sent: number;
  /** Bytes that any message may send now. */
  readonly free: number;
  /** Bytes that this message may send now. */
  availableTo(message: object): number;
  /** Counts bytes that are sent, of any message. */
  take(bytes: number): void;
  /** Sets a new limit. Returns true when more may be sent than before; then no message is preferred any more. */
  raise(limit: number): boolean;
  /** Reserves the last available bytes for this message and all others that were preferred since the last `raise`. */
  prefer(message: object): void;
  /** Forgets a message that has ended; the reservation remains. */
  forget(message: object): void;
}

/** The window of a receiver: the bytes that it has allowed, received and consumed. */
export interface InboundWindow {
  /** Bytes that the peer may send now. */
  readonly available: number;
  /** Bytes received and not consumed. */
  readonly unread: number;
  /** The limit that was granted last, modulo 2^32. */
  readonly limit: number;
  /** Raises the limit by so many bytes beyond the size of the window. Returns the new limit, modulo 2^32. */
  widen(bytes: number): number;
  /** Counts bytes that have arrived. Returns false when they exceed the limit. */
  receive(bytes: number): boolean;
  /**
   * Counts bytes that have been read. Returns the new limit, modulo 2^32, when it is time to grant one; else undefined.
   *
   * @param reserved those of the available bytes that are reserved for some messages: they do not delay a grant.
   */
  consume(bytes: number, reserved?: number): number | undefined;
}
