import type { OutgoingMessage } from './outgoing-message.js';
import type { SharedMessage } from './shared-message.js';

/** A message that was not sent, or perhaps not sent, before its connection ended. */
export interface UnsentMessage {
  readonly message: SharedMessage;
  /** True when the transport was given the message and has not reported that the system took it: a part may have been sent. */
  readonly mayBeSent: boolean;
}

interface Entry {
  readonly message: SharedMessage;
  /** The position of its last byte in the output of the connection, or the queued message that will know this position. */
  readonly end: number | OutgoingMessage;
}

/** The bytes that each message counts in addition to its own, for the memory of its entry. */
const ENTRY_SIZE = 128;

/**
 * The messages of a connection that are kept until the transport has passed them on.
 *
 * Invariants:
 * - Messages stay in the order in which they were added.
 * - A message is forgotten only when its last byte was passed on, as `settle` is told.
 */
export class Journal {
  #entries: Entry[] = [];
  #bytes = 0;

  /** The bytes of the messages as the application gave them, plus an overhead for each. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: SharedMessage, end: number | OutgoingMessage): void {
    this.#entries.push({ message, end });
    this.#bytes += ENTRY_SIZE + message.size;
  }

  /** Forgets the messages whose last byte was passed on. @param passedOn the bytes of the connection that were passed on. */
  settle(passedOn: number): void {
    if (this.#entries.length === 0) return;
    this.#entries = this.#entries.filter((entry) => endOf(entry) > passedOn);
    this.#bytes = this.#entries.reduce((sum, { message }) => sum + ENTRY_SIZE + message.size, 0);
  }

  /** Returns the messages that are kept. @param handedOver the bytes of the connection that the transport was given. */
  unsent(handedOver: number): UnsentMessage[] {
    return this.#entries.map((entry) => ({ message: entry.message, mayBeSent: startedBy(entry, handedOver) }));
  }
}

function endOf({ end }: Entry): number {
  return typeof end === 'number' ? end : (end.end ?? Number.POSITIVE_INFINITY);
}

function startedBy({ end }: Entry, handedOver: number): boolean {
  return typeof end === 'number' ? end <= handedOver : end.isBegun;
}
