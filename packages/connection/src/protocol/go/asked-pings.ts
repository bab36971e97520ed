/** Bytes of payload of a ping of the outbox's own. */
export const SYNC_PAYLOAD_LENGTH = 4;

interface AskedPing {
  /** 0: of the application. */
  readonly number: number;
  /** Bytes handed over up to its end. */
  readonly end: number;
}

/**
 * The pings that a Go peer has been sent and not answered, oldest first.
 *
 * It answers in the order of the pings, but for those it may not answer at the time. So a pong with a number tells of all
 * pings up to that. One that is set to read its messages as they arrive has an empty pong for every ping: of such a pong
 * no more is known than that the oldest ping, at least, was read.
 */
export class AskedPings {
  #asked: AskedPing[] = [];
  #number = 0;
  // Its pongs have what the pings had; undefined before the first.
  #echoes: boolean | undefined;

  /** Payload for one more ping of the outbox's own: hardly one that an application would send. */
  next(): Uint8Array {
    this.#number = (this.#number % 0xffff) + 1;
    return syncPayload(this.#number);
  }

  /** The one with the payload of `next` was handed over. @param end bytes handed over up to its end. */
  add(end: number): void {
    this.#asked.push({ number: this.#number, end });
  }

  /** A ping of the application was handed over. */
  addForeign(end: number): void {
    // Where pongs have numbers these need not be told apart.
    if (this.#echoes !== true) this.#asked.push({ number: 0, end });
  }

  /** Of pings that have no answer, and none that could be told from others: so many pongs say nothing of a new ping. */
  get ambiguous(): number {
    return this.#echoes === false ? this.#asked.length : 0;
  }

  /** A pong has come: bytes that the peer has read, at least; undefined when it is not one to the outbox's own pings. */
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

/** True when both have the same bytes. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && right.every((byte, at) => left[at] === byte);
}
