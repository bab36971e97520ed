import { contentOf, isEqual, nameOf } from './content.js';

/** Types of message: requests have one of 1 to 4. */
export const Kind = { Echo: 5, EchoPieces: 6, Push: 7 } as const;

/** One message as it was handed over for sending. */
export interface Sent {
  readonly type: number;
  /** Undefined of one that is too short for a name, or of which not all is known. */
  name: string | undefined;
  size: number;
  /** Its place among all of this direction. */
  readonly number: number;
  /** Its sender was told that it will not arrive, or not all of it. */
  isGivenUp: boolean;
}

/** All messages of one direction: what was sent, and what came of it. */
export class Traffic {
  readonly sent: Sent[] = [];
  /** Types of the messages handed to handlers, in order. */
  readonly handed: number[] = [];
  readonly #byName = new Map<string, Sent>();
  readonly #seen = new Map<Sent, number>();
  readonly #fault: (what: string) => void;

  constructor(fault: (what: string) => void) {
    this.#fault = fault;
  }

  send(type: number, content: Uint8Array): Sent {
    const sent = this.open(type);
    this.complete(sent, content);
    return sent;
  }

  /** A message is begun whose content is not known yet. */
  open(type: number): Sent {
    const sent: Sent = { type, name: undefined, size: 0, number: this.sent.length, isGivenUp: false };
    this.sent.push(sent);
    return sent;
  }

  /** Now it is. */
  complete(sent: Sent, content: Uint8Array): void {
    sent.name = nameOf(content);
    sent.size = content.length;
    if (sent.name !== undefined) this.#byName.set(`${sent.type} ${sent.name}`, sent);
  }

  /** A handler was called. Returns how many were before. */
  hand(type: number): number {
    return this.handed.push(type) - 1;
  }

  /** A handler has read a message, or the beginning of it. */
  read(type: number, place: number, content: Uint8Array, isWhole: boolean): void {
    const name = nameOf(content);
    if (name === undefined) return;
    const sent = this.#byName.get(`${type} ${name}`);
    if (sent === undefined) {
      this.#fault(`a message came that was not sent: type ${type}, ${JSON.stringify(name)}, ${content.length} bytes`);
      return;
    }
    const before = this.#seen.get(sent);
    if (before !== undefined) this.#fault(`${name} came twice, as message ${before} and ${place}`);
    this.#seen.set(sent, place);
    if (isWhole ? content.length !== sent.size : content.length > sent.size) {
      this.#fault(`${name} has ${content.length} of ${sent.size} bytes`);
    } else if (!isEqual(content, contentOf(name, sent.size).subarray(0, content.length))) {
      this.#fault(`${name} has other bytes than were sent`);
    }
  }

  /** Messages that nobody gave up and no handler was called for, at least. */
  get missing(): number {
    const owed = this.sent.filter(({ isGivenUp }) => !isGivenUp).length;
    return Math.max(0, owed - this.handed.length);
  }

  /** Reports what came that was not sent, and, where messages cannot overtake one another, what did all the same. */
  check(isInOrder: boolean): void {
    if (this.handed.length > this.sent.length)
      this.#fault(`${this.handed.length} messages of ${this.sent.length} came`);
    if (!isInOrder) return;
    let last = -1;
    for (const [sent] of [...this.#seen].sort(([, left], [, right]) => left - right)) {
      if (sent.number < last) this.#fault(`${sent.name} came after message ${last}, which was sent later`);
      last = sent.number;
    }
  }
}
