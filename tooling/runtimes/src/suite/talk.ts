import { type CloseInfo, type Connection, type Message, MessageType } from 'webson';
import { Unmet, within } from './claim.js';

/** A connection that was started, with the messages that have come. */
export class Talk {
  readonly ws: Connection;
  /** Resolves when messages can be sent. */
  readonly ready: Promise<void>;
  readonly ended: Promise<CloseInfo>;
  readonly #messages: Message[] = [];
  readonly #waiting: ((message: Message) => void)[] = [];

  private constructor(ws: Connection, types: readonly number[]) {
    this.ws = ws;
    this.ready = new Promise((resolve) => ws.onReady(() => resolve()));
    for (const type of types) ws.onMessage(type, (message) => this.#take(message));
    this.ended = ws.start();
  }

  /** Starts a connection, and resolves when it is ready. */
  static async begin(ws: Connection, types: readonly number[] = [MessageType.Text, MessageType.Binary]): Promise<Talk> {
    const talk = new Talk(ws, types);
    await within('the connection to be ready', talk.ready);
    return talk;
  }

  /** The next message. */
  next(): Promise<Message> {
    const first = this.#messages.shift();
    if (first !== undefined) return Promise.resolve(first);
    const ended = this.ended.then(({ code, reason, error }) => {
      throw new Unmet(`a message: the end instead, ${code} ${reason} ${error ?? ''}`);
    });
    return within('a message', Promise.race([new Promise<Message>((resolve) => this.#waiting.push(resolve)), ended]));
  }

  /** The next message as text. */
  async text(): Promise<string> {
    return (await this.next()).text();
  }

  /** Closes, and resolves to how it has ended. */
  close(): Promise<CloseInfo> {
    this.ws.close();
    return within('the end', this.ended);
  }

  #take(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }
}
