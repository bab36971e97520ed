import { CloseCode } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';

/** Bytes that the messages of a connection hold while they are inflated as they arrive. */
export interface InflationHeld {
  /** Inflated, and not read. */
  unread: number;
  /** zlib contexts of messages that have begun and not ended. */
  contexts: number;
}

/** Who holds them. */
export interface InflationHolder {
  readonly held: Readonly<InflationHeld>;
  /** Gives all contexts up: the messages they belong to end with `error`, and so does the connection. */
  giveUp(error: Error): void;
}

interface Entry {
  readonly holder: WeakRef<InflationHolder>;
  readonly held: InflationHeld;
}

/** What all connections together hold for messages that are inflated as they arrive. */
export class InflationTotal {
  readonly #most: Readonly<InflationHeld>;
  readonly #now: InflationHeld = { unread: 0, contexts: 0 };
  readonly #entries = new Set<Entry>();
  // Whoever leaves a message half read, and forgets it, takes what it holds with it.
  readonly #forgotten = new FinalizationRegistry<Entry>((entry) => {
    this.#entries.delete(entry);
    this.#now.unread -= entry.held.unread;
    this.#now.contexts -= entry.held.contexts;
  });

  /** @param most bytes. */
  constructor(most: Readonly<InflationHeld>) {
    this.#most = most;
  }

  /** What is held. */
  get now(): Readonly<InflationHeld> {
    return this.#now;
  }

  /** False when as much is inflated and not read as may be: more is inflated for those alone who wait for it. */
  get hasRoom(): boolean {
    return this.#now.unread < this.#most.unread;
  }

  /** Knows of a holder from now on, without keeping it; `held` is counted by the methods below. */
  admit(holder: InflationHolder, held: InflationHeld): void {
    const entry = { holder: new WeakRef(holder), held };
    this.#entries.add(entry);
    this.#forgotten.register(holder, entry);
  }

  /** Counts bytes of an admitted holder, less when negative. */
  addUnread(held: InflationHeld, bytes: number): void {
    held.unread += bytes;
    this.#now.unread += bytes;
  }

  /**
   * Counts a context of an admitted holder, or takes it off when negative. Beyond what all may have the holder that has
   * most of them has to give all of its own up: who has few is not made to pay for who has many.
   */
  addContext(held: InflationHeld, bytes: number): void {
    held.contexts += bytes;
    this.#now.contexts += bytes;
    if (bytes > 0 && this.#now.contexts > this.#most.contexts) this.#greediest()?.giveUp(tooMany());
  }

  #greediest(): InflationHolder | undefined {
    let most: InflationHolder | undefined;
    for (const { holder } of this.#entries) {
      const known = holder.deref();
      if (known !== undefined && (most === undefined || known.held.contexts > most.held.contexts)) most = known;
    }
    return most;
  }
}

/** What a connection is failed with that has too many compressed messages under way. */
export function tooMany(): ProtocolError {
  const message = 'too many compressed messages are read at a time';
  return new ProtocolError('TOO_MANY_INFLATED', CloseCode.TryAgainLater, message);
}

const MIB = 1024 * 1024;

/** That of this process. */
export const inflationTotal: InflationTotal = new InflationTotal({ unread: 64 * MIB, contexts: 128 * MIB });
