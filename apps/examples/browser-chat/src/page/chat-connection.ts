import { ClosedError, type Connection, type Message, type MessageSource, Pool, Status } from 'webson';
import { type Entry, Goodbye, limits, type Refused, Type, type Welcome } from '../shared/protocol.js';

/** Where the connection stands. */
export type Standing =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** Nothing has come for a while, not even the answer to a ping. */
  | { readonly state: 'silent' }
  /** It is dialled again in `delay` ms. */
  | { readonly state: 'waiting'; readonly delay: number }
  /** It is not wanted back; why, for people. */
  | { readonly state: 'ended'; readonly reason: string };

/** Who hears of what comes. */
export interface ChatListener {
  onStanding(standing: Standing): void;
  onWelcome(welcome: Welcome): void;
  onEntry(entry: Entry): void;
  onMembers(names: readonly string[]): void;
  onRefused(refused: Refused): void;
  /** A file begins: it is to be read now. */
  onFile(message: Message): Promise<void>;
  onProbe(): void;
  /** What was under way is lost. */
  onLost(): void;
}

/** The connection of this page: dialled until it is there, and again whenever it breaks. */
export class ChatConnection {
  readonly #pool = new Pool({
    name: 'chat',
    clientRetry: Number.POSITIVE_INFINITY,
    retryInterval: 300,
    maxRetryInterval: 4000,
    minUptime: 2000,
  });
  readonly #listener: ChatListener;
  #connection: Connection | undefined;
  #isOver = false;

  /** @param target says where to dial, for every attempt anew: it depends on what this page has already. */
  constructor(target: () => string, listener: ChatListener) {
    this.#listener = listener;
    this.#pool.onRedial((event) => {
      if (event.step === 'wait') this.#stand({ state: 'waiting', delay: event.delay });
      if (event.step === 'dial') this.#stand({ state: 'connecting' });
      if (event.step === 'giveUp')
        this.#end(event.cause instanceof Error ? event.cause.message : 'The connection ended');
    });
    this.#stand({ state: 'connecting' });
    this.#open(target).catch((error: Error) => this.#end(error.message));
  }

  /** Sends a message; false when that cannot be done now. */
  send(type: number, payload: string | Uint8Array): boolean {
    const connection = this.#connection;
    if (connection?.status !== Status.Ready) return false;
    try {
      connection.dispatch(type, payload);
      return true;
    } catch (error) {
      if (error instanceof ClosedError) return false;
      throw error;
    }
  }

  /** Sends a file piece by piece. Rejects as `dispatchReader` of a connection does. */
  async sendFile(source: MessageSource, signal: AbortSignal): Promise<void> {
    if (this.#connection === undefined) throw new ClosedError('there is no connection');
    await this.#connection.dispatchReader(Type.File, source, { signal });
  }

  /** Closes the connection, and does not dial again. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#pool.close();
  }

  async #open(target: () => string): Promise<void> {
    const listener = this.#listener;
    const connection = await this.#pool.dial(
      () => target(),
      {
        // Streams let a chat message pass large files. In a page they are frames inside binary messages.
        enableStreams: true,
        maxMessageSize: limits.message,
        pingInterval: 5000,
        timeout: { handshake: 5000, pong: 5000, dead: 10_000 },
      },
      { name: 'server' },
    );
    this.#connection = connection
      .onStatus(Status.Ready, () => this.#stand({ state: 'open' }))
      .onStatus(Status.Timeout, () => this.#stand({ state: 'silent' }))
      .onStatus(Status.Closed, () => this.#lose(connection))
      .onMessage(Type.Welcome, (message) => listener.onWelcome(message.json() as Welcome))
      .onMessage(Type.Chat, (message) => listener.onEntry(message.json() as Entry))
      .onMessage(Type.Members, (message) => listener.onMembers(message.json() as string[]))
      .onMessage(Type.Refused, (message) => listener.onRefused(message.json() as Refused))
      .onMessage(Type.Probe, () => listener.onProbe())
      .onMessage(Type.File, (message) => listener.onFile(message), { stream: true })
      .onError((error) => console.error(error));
  }

  #lose(connection: Connection): void {
    this.#listener.onLost();
    const { code, reason } = connection.closeInfo ?? {};
    const isFinal = code === Goodbye.NameTaken || code === Goodbye.Full || code === Goodbye.TooMuch;
    if (!isFinal) return;
    this.#end(reason ?? '');
    // Closed by this side, too, it is not dialled again.
    connection.close();
  }

  #stand(standing: Standing): void {
    if (!this.#isOver) this.#listener.onStanding(standing);
  }

  #end(reason: string): void {
    this.#stand({ state: 'ended', reason });
    this.#isOver = true;
  }
}
