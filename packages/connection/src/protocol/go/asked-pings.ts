/** The payload length in bytes of a ping of the outbox's own. */
export const SYNC_PAYLOAD_LENGTH = 4;

interface AskedPing {
  /** The number in the payload; 0 for a ping of the application. */
  readonly number: number;
  /** The position in the output at which the ping ends. */
  readonly end: number;
}

/**
 * The pings that were sent to a Go peer and that it has not answered, oldest first.
 *
 * Invariants:
 * - A Go peer answers in the order of the pings, but leaves some unanswered. So a pong with a number shows that all pings up to
 *   that number were read (RFC 6455 §5.5.3).
 * - A Go peer that reads its messages as they arrive sends an empty pong for every ping. Such a pong shows only that the oldest
 *   ping was read.
 */
export class AskedPings {
  #asked: AskedPing[] = [];
  #number = 0;
  // True when the pongs of the peer have the payloads of the pings; undefined before the first pong.
  #echoes: boolean | undefined;

  /** Returns the payload of another ping of the outbox's own. An application is unlikely to send the same. */
  next(): Uint8Array {
    this.#number = (this.#number % 0xffff) + 1;
    return syncPayload(this.#number);
  }

  /** The ping with the last payload of `next` was handed over. @param end the position in the output at which it ends. */
  add(end: number): void {
    this.#asked.push({ number: this.#number, end });
  }

  /** A ping of the application was handed over. @param end the position in the output at which it ends. */
  addForeign(end: number): void {
    // Pongs with numbers can be told apart from those of the application, so the latter need not be counted.
    if (this.#echoes !== true) this.#asked.push({ number: 0, end });
  }

  /** The number of empty pongs still expected before one can be the answer to a new ping; 0 when pongs have payloads. */
  get ambiguous(): number {
    return this.#echoes === false ? this.#asked.length : 0;
  }

  /**
   * Handles a pong.
   *
   * @returns the position in the output up to which the peer has read, at least; undefined when the pong does not answer a ping of
   * the outbox's own.
   */
  answered(payload: Uint8Array): number | undefined {
    if (payload.length > 0) return this.#answeredBy(payload);
    if (this.#echoes === true) return undefined;
    const oldest = this.#asked.shift();
    if (oldest === undefined || oldest.number === 0) return undefined;
    this.#echoes = false;
    return oldest.end;
  }

  #answeredBy(payload: Uint8Array): number | undefined {
    const at = this.#asked.findIndex(({ number }) => number > 0 && isEqual(payload, syncPayload(number)));
    const ping = this.#asked[at];
    if (ping === undefined) return undefined;
    this.#echoes = true;
    this.#asked = this.#asked.slice(at + 1).filter(({ number }) => number > 0);
    return ping.end;
  }
}

function syncPayload(number: number): Uint8Array {
  return Uint8Array.of(0xff, 0x77, number >>> 8, number & 0xff);
}

/** Returns true when both arrays hold the same bytes. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && right.every((byte, at) => left[at] === byte);
}
