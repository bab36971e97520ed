/** Bytes that the connection's window is widened by at a time for readers that wait behind others' messages. */
const FEED = 256 * 1024;

/**
 * Bytes that a sender keeps at most, of the window of a connection, for messages that are waited for: half of it at most, for as
 * it is granted at half a window a sender that keeps no more never waits for what will not come.
 *
 * @param size bytes of the window at first.
 */
export function mostReserved(size: number): number {
  return Math.min(FEED, Math.max(1, Math.floor(size / 2)));
}

/** Limits on the wire are known modulo this. */
const MODULUS = 0x1_0000_0000;

/** How much a sender may still send: an absolute limit that the receiver raises. */
export class SendWindow {
  #sent = 0;
  #limit: number;

  /** @param limit bytes allowed at first. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that may be sent now. */
  get available(): number {
    return this.#limit - this.#sent;
  }

  /** Counts bytes that are sent; at most `available`. */
  take(bytes: number): void {
    this.#sent += bytes;
  }

  /**
   * Takes a new limit, known modulo 2^32. One that is not above the present limit is a repetition and changes nothing.
   * True when more may be sent than before.
   */
  raise(limit: number): boolean {
    const more = (limit - this.#limit) | 0;
    if (more <= 0) return false;
    this.#limit += more;
    return true;
  }
}

/** How much a receiver has allowed, has got, and has been read of it. Grants at half a window. */
export class ReceiveWindow {
  readonly #size: number;
  #received = 0;
  #consumed = 0;
  #limit: number;

  /** @param size bytes that may be unread at a time. */
  constructor(size: number) {
    this.#size = size;
    this.#limit = size;
  }

  /** Bytes that may come now. */
  get available(): number {
    return this.#limit - this.#received;
  }

  /** Bytes received and not consumed. */
  get unread(): number {
    return this.#received - this.#consumed;
  }

  /** The limit that was granted last, modulo 2^32. */
  get limit(): number {
    return this.#limit % MODULUS;
  }

  /** Lets so many bytes more come than the window has room for. Returns the new limit, modulo 2^32. */
  widen(bytes: number): number {
    this.#limit += bytes;
    return this.limit;
  }

  /** Counts bytes that have come. False when they are more than was allowed. */
  receive(bytes: number): boolean {
    this.#received += bytes;
    return this.#received <= this.#limit;
  }

  /**
   * Counts bytes that have been read. Returns the new limit, modulo 2^32, when it is time to grant one.
   *
   * @param reserved bytes that may be kept for some messages, of those that may come: for the others they are not there.
   */
  consume(bytes: number, reserved = 0): number | undefined {
    this.#consumed += bytes;
    if (this.#limit - this.#consumed - reserved > this.#size / 2) return undefined;
    this.#limit = Math.max(this.#consumed + this.#size, this.#limit + 1);
    return this.limit;
  }
}
