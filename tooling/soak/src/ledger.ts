/** What one life of a connection was sent, and what came of it. */
interface Life {
  /** Numbers of the messages it took, in the order they were sent. */
  readonly owed: number[];
  /** Those of them that were reported as not sent; true: perhaps they were. */
  readonly unsent: Map<number, boolean>;
  /** What the client got. */
  readonly received: number[];
  /** Whether both Close frames were exchanged, as each side saw it; undefined before its end. */
  serverClean: boolean | undefined;
  clientClean: boolean | undefined;
}

/** Keeps account of every message of every life of a connection, and knows what the rules owe it. */
export class Ledger {
  readonly faults: string[] = [];
  /** Messages that came, and lives, of those that are accounted for. */
  delivered = 0;
  settled = 0;
  readonly #lives = new Map<string, Life>();

  begin(life: string): void {
    this.#lives.set(life, {
      owed: [],
      unsent: new Map(),
      received: [],
      serverClean: undefined,
      clientClean: undefined,
    });
  }

  /** The pool took a message for it. */
  owe(life: string, message: number): void {
    this.#lives.get(life)?.owed.push(message);
  }

  /** The pool says that a message it took was not sent. */
  unsent(life: string, message: number, mayBeSent: boolean): void {
    this.#lives.get(life)?.unsent.set(message, mayBeSent);
  }

  /** A message came to the client. */
  received(life: string, message: number): void {
    const known = this.#lives.get(life);
    if (known === undefined) this.fault(`${life}: got message ${message} outside of its life`);
    else known.received.push(message);
  }

  /** The server's side has ended. */
  end(life: string, wasClean: boolean): void {
    const known = this.#lives.get(life);
    if (known === undefined) return;
    known.serverClean = wasClean;
    if (known.clientClean !== undefined) this.#settle(life, known);
  }

  /** The client's side has ended, and handed on all that had come. A life it never heard of is no life. */
  clientEnded(life: string, wasClean: boolean): void {
    const known = this.#lives.get(life);
    if (known === undefined) return;
    known.clientClean = wasClean;
    if (known.serverClean !== undefined) this.#settle(life, known);
  }

  /** All is over: clients that had broken before they heard of their life are accounted for, too. */
  finish(): void {
    for (const [life, known] of this.#lives) {
      if (known.serverClean === undefined) this.fault(`${life}: never ended`);
      if (known.received.length > 0) this.fault(`${life}: the client never ended`);
      this.#settle(life, known);
    }
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  // Exactly once, and in order: what came is what was owed from the beginning, without a gap. All of it, if the connection
  // was closed cleanly; if it broke, what the system had taken may be lost, and what is said to be lost must be.
  #settle(life: string, { owed, unsent, received, serverClean, clientClean }: Life): void {
    this.#lives.delete(life);
    this.settled++;
    this.delivered += received.length;
    const wrong = received.findIndex((message, i) => message !== owed[i]);
    if (wrong >= 0) this.fault(`${life}: got ${received[wrong]} in place of ${owed[wrong]}`);
    const missing = new Set(owed.slice(received.length));
    const isClean = serverClean === true && clientClean === true;
    const lost = [...missing].filter((message) => !unsent.has(message));
    if (isClean && lost.length > 0) this.fault(`${life}: closed cleanly without ${lost.length} of ${owed.length}`);
    for (const [message, mayBeSent] of unsent) {
      if (!mayBeSent && !missing.has(message)) this.fault(`${life}: got ${message}, reported as not sent`);
    }
  }
}
