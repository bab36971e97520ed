import { pooled } from '@webson/connection/internal';
import { type CloseInfo, type Connection, type Message, MessageType, Status, WebsonError } from 'webson';
import type { Random } from '../random.js';
import { composeMail, readMail } from './mail.js';

/** How one end saw one life of a connection, from its handshake to its end. */
export interface LifeReport {
  /** As the server called it; '' when the client has never heard that. */
  readonly life: string;
  readonly side: 'client' | 'server';
  readonly kind: string;
  /** Mails sent, and mails that came. */
  readonly sent: number;
  readonly received: number;
  readonly wasClean: boolean;
  readonly code: number;
  /** Mails that were told as not sent; some of them may have been. */
  readonly unsent: number;
  readonly mayBeSent: number;
  /** It took its peer for dead. */
  readonly hasTimedOut: boolean;
  /** It has closed the connection by itself, because it had enough. */
  readonly hasLeft: boolean;
  /** What was wrong with what came. */
  readonly faults: readonly string[];
}

/** Who is told what an end sees. */
export interface CorrespondentEvents {
  /** A life is over. */
  onReport(report: LifeReport): void;
  /** An end has just found its peer silent. */
  onSilent?(end: Pick<LifeReport, 'life' | 'side' | 'kind'>): void;
}

/** More than so many bytes are not queued. */
const MOST_QUEUED = 64 * 1024;
const LENGTHS = [10, 10, 100, 100, 1000, 5000, 30_000];
const HEAD = 'life ';

/**
 * One end of a connection, through all its lives: sends numbered mails, looks at those that come, closes when the other end
 * is silent, and reports every life when that is over.
 */
export class Correspondent {
  readonly connection: Connection;
  readonly #side: 'client' | 'server';
  readonly #kind: string;
  readonly #isStreamed: boolean;
  readonly #events: CorrespondentEvents;
  #life = '';
  #sent = 0;
  // With mails that overtake each other: which have come of those from `#next` on; all before have.
  readonly #early = new Set<number>();
  #next = 0;
  #hasLeft = false;
  #faults: string[] = [];

  constructor(
    connection: Connection,
    { name, isStreamed }: { readonly name: string; readonly isStreamed: boolean },
    events: CorrespondentEvents,
  ) {
    this.connection = connection;
    this.#side = connection.isClient ? 'client' : 'server';
    this.#kind = name;
    this.#isStreamed = isStreamed;
    this.#events = events;
    for (const type of [MessageType.Text, MessageType.Binary])
      connection.onMessage(type, (message) => this.#take(message));
    connection.onError((error) => this.#fault(String(error)));
    connection.onStatus(Status.Timeout, () => this.#onTimeout());
    connection.onStatus(Status.Closed, () => this.#report(pooled(connection).ending?.info));
  }

  /** What the server calls this life; '' as long as the client has not heard it. */
  get life(): string {
    return this.#life;
  }

  /** The server: gives this life its name, and tells the client. */
  begin(life: string): void {
    this.#life = life;
    this.connection.dispatch(MessageType.Text, `${HEAD}${life}`);
  }

  /** Sends one mail, if there is somebody to send it to and not too much is queued. */
  send(random: Random): void {
    const { connection } = this;
    if (this.#life === '' || !pooled(connection).isOpen || connection.bufferedAmount > MOST_QUEUED) return;
    const mail = composeMail(this.#sent, LENGTHS[random.below(LENGTHS.length)] as number);
    this.#sent++;
    if (random.below(2) === 0) connection.dispatch(MessageType.Text, mail);
    else connection.dispatch(MessageType.Binary, Buffer.from(mail));
  }

  /** Closes it for good, if it is open. */
  leave(): void {
    if (!pooled(this.connection).isOpen) return;
    this.#hasLeft = true;
    this.connection.close(1000);
  }

  #take(message: Message): void {
    const text = message.text();
    if (text.startsWith(HEAD)) {
      if (this.#life !== '') this.#fault('was given a second name');
      this.#life = text.slice(HEAD.length);
      return;
    }
    const number = readMail(text);
    if (number === undefined) this.#fault(`a mail of ${text.length} characters was changed on its way`);
    else if (number < this.#next || this.#early.has(number)) this.#fault(`mail ${number} came twice`);
    else if (number === this.#next) this.#advance();
    else if (this.#isStreamed) this.#early.add(number);
    else this.#fault(`mail ${number} came where ${this.#next} was next`);
  }

  #advance(): void {
    this.#next++;
    while (this.#early.delete(this.#next)) this.#next++;
  }

  #onTimeout(): void {
    this.#events.onSilent?.({ life: this.#life, side: this.#side, kind: this.#kind });
  }

  #fault(what: string): void {
    if (this.#faults.length < 10) this.#faults.push(what);
  }

  #report(info: CloseInfo | undefined): void {
    const { wasClean = false, code = 0, error, unsent } = info ?? {};
    this.#events.onReport({
      life: this.#life,
      side: this.#side,
      kind: this.#kind,
      sent: this.#sent,
      received: this.#next + this.#early.size,
      wasClean,
      code,
      unsent: unsent?.messages ?? 0,
      mayBeSent: unsent?.mayBeSent ?? 0,
      hasTimedOut: error instanceof WebsonError && error.code === 'PONG_TIMEOUT',
      hasLeft: this.#hasLeft,
      faults: this.#faults,
    });
    this.#life = '';
    this.#sent = 0;
    this.#early.clear();
    this.#next = 0;
    this.#faults = [];
  }
}
