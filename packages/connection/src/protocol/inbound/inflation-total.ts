import { CloseCode } from '@webson/frame';
import { ProtocolError } from '../contract/errors.js';

/** The bytes that the messages of a connection hold while they are inflated as they arrive. */
export interface InflationHeld {
  /** Bytes that are inflated and not read. */
  unread: number;
  /** Bytes of the zlib contexts of messages that have begun and not ended. */
  contexts: number;
}

/** The owner of an {@link InflationHeld}: the messages of one connection. */
export interface InflationHolder {
  readonly held: Readonly<InflationHeld>;
  /** Gives up all contexts: their messages, and the connection, end with `error`. */
  giveUp(error: Error): void;
}

interface Entry {
  readonly holder: WeakRef<InflationHolder>;
  readonly held: InflationHeld;
}

/**
 * The bytes that all connections together hold for messages that are inflated as they arrive.
 *
 * - Beyond the bound on unread bytes, content is inflated only for readers that wait for it.
 * - Beyond the bound on contexts, the connection with the most context bytes fails.
 * - A connection that was garbage-collected counts no more.
 */
export class InflationTotal {
  readonly #most: Readonly<InflationHeld>;
  readonly #now: InflationHeld = { unread: 0, contexts: 0 };
  readonly #entries = new Set<Entry>();
  // Subtracts what a holder held when it was garbage-collected, which happens when messages are left half read.
  readonly #forgotten = new FinalizationRegistry<Entry>((entry) => {
    this.#entries.delete(entry);
    this.#now.unread -= entry.held.unread;
    this.#now.contexts -= entry.held.contexts;
  });

  /** @param most the bounds, in bytes. */
  constructor(most: Readonly<InflationHeld>) {
    this.#most = most;
  }

  /** The bytes held now. */
  get now(): Readonly<InflationHeld> {
    return this.#now;
  }

  /** False when the bound on unread bytes is reached: more is then inflated only for readers that wait for it. */
  get hasRoom(): boolean {
    return this.#now.unread < this.#most.unread;
  }

  /** Adds a holder, by weak reference. The methods below count its `held`. */
  admit(holder: InflationHolder, held: InflationHeld): void {
    const entry = { holder: new WeakRef(holder), held };
    this.#entries.add(entry);
    this.#forgotten.register(holder, entry);
  }

  /** Adds to the unread bytes of an admitted holder; `bytes` is negative when they are read. */
  addUnread(held: InflationHeld, bytes: number): void {
    held.unread += bytes;
    this.#now.unread += bytes;
  }

  /**
   * Adds to the context bytes of an admitted holder; `bytes` is negative when a context is freed. When the bound is
   * exceeded, the holder with the most context bytes has to give up all its contexts, so that one connection does not
   * use up all.
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

/** The error for a connection that reads too many compressed messages at a time: close code 1013. */
export function tooMany(): ProtocolError {
  const message = 'too many compressed messages are read at a time';
  return new ProtocolError('TOO_MANY_INFLATED', CloseCode.TryAgainLater, message);
}

const MIB = 1024 * 1024;

/** The total of this process. */
export const inflationTotal: InflationTotal = new InflationTotal({ unread: 64 * MIB, contexts: 128 * MIB });
