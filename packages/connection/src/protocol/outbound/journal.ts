import type { OutgoingMessage } from './outgoing-message.js';
import type { SharedMessage } from './shared-message.js';

/** A message that was not sent, or perhaps not, before its connection ended. */
export interface UnsentMessage {
  readonly message: SharedMessage;
  /** It was handed over to the transport, which has not said that the system took it: some of it may have been sent. */
  readonly mayBeSent: boolean;
}

interface Entry {
  readonly message: SharedMessage;
  /** How many bytes were queued on the connection with its last one; or who is going to know. */
  readonly end: number | OutgoingMessage;
}

/** Bytes that a message counts beside its own, for what it takes to keep it. */
const ENTRY_SIZE = 128;

/** The messages of a connection that the transport has not passed on, of those somebody wants to hear about. */
export class Journal {
  #entries: Entry[] = [];
  #bytes = 0;

  /** Bytes that its messages hold as they were given, and some for each of them. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: SharedMessage, end: number | OutgoingMessage): void {
    this.#entries.push({ message, end });
    this.#bytes += ENTRY_SIZE + message.size;
  }

  /** Forgets the messages of which the last byte was passed on. @param passedOn bytes of the connection that were. */
  settle(passedOn: number): void {
    if (this.#entries.length === 0) return;
    this.#entries = this.#entries.filter((entry) => endOf(entry) > passedOn);
    this.#bytes = this.#entries.reduce((sum, { message }) => sum + ENTRY_SIZE + message.size, 0);
  }

  /** @param handedOver bytes of the connection that the transport was given. */
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
