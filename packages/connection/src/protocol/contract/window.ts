/** How much may still be sent: an absolute limit that the receiver raises. */
export interface OutboundWindow {
  /** Bytes that may be sent now. */
  readonly available: number;
  /** Counts bytes that are sent; at most `available`. */
  take(bytes: number): void;
  /**
   * Takes a new limit, known modulo 2^32. One that is not above the present limit is a repetition and changes nothing.
   * True when more may be sent than before.
   */
  raise(limit: number): boolean;
}

/** The same of a connection, over all its messages, of which some may be preferred. */
export interface SharedOutboundWindow {
  /** Bytes that any message may send now. */
  readonly free: number;
  /** Bytes that this message may send now. */
  availableTo(message: object): number;
  /** Counts bytes that are sent. */
  take(bytes: number): void;
  /** Takes a new limit. True when more may be sent than before; then no message is preferred any more. */
  raise(limit: number): boolean;
  /** Keeps the last bytes of what is left for this message, and for those that were preferred since the last `raise`. */
  prefer(message: object): void;
  /** The message has ended. */
  forget(message: object): void;
}

/** How much a receiver has allowed, has got, and has been read of it. */
export interface InboundWindow {
  /** Bytes that may come now. */
  readonly available: number;
  /** Bytes received and not consumed. */
  readonly unread: number;
  /** The limit that was granted last, modulo 2^32. */
  readonly limit: number;
  /** Lets so many bytes more come than the window has room for. Returns the new limit, modulo 2^32. */
  widen(bytes: number): number;
  /** Counts bytes that have come. False when they are more than was allowed. */
  receive(bytes: number): boolean;
  /**
   * Counts bytes that have been read. Returns the new limit, modulo 2^32, when it is time to grant one.
   *
   * @param reserved bytes that may be kept for some messages, of those that may come: for the others they are not there.
   */
  consume(bytes: number, reserved?: number): number | undefined;
}
