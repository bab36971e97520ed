import { type Connection, type DialTarget, HandshakeError, MessageType, Pool, Status } from 'webson';
import type { Event, Request } from './protocol.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly url: string;
  readonly name: string;
  readonly password: string;
  /** Used in place of a login, as long as it is good. */
  readonly token?: string;
}

/** Name and password are wrong. */
class LoginError extends Error {}

const loginErrorOf = (error: unknown): LoginError | undefined =>
  error instanceof HandshakeError && error.cause instanceof LoginError ? error.cause : undefined;

/** A client that is there again after a break, in its rooms, and knows what was said meanwhile. */
export class Session {
  readonly #pool: Pool;
  readonly #connection: Connection;
  readonly #onEvent: (event: Event) => void;
  // The last entry that has come of each room.
  readonly #rooms = new Map<string, { after: number; epoch: string }>();
  #gaveUp: Error | undefined;

  private constructor(
    pool: Pool,
    connection: Connection,
    onEvent: (event: Event) => void,
    onState: (text: string) => void,
  ) {
    this.#pool = pool;
    this.#connection = connection;
    this.#onEvent = onEvent;
    connection
      .onMessage(MessageType.Text, (message) => this.#read(message.json() as Event))
      .onStatus(Status.Closed, () => onState('disconnected'))
      // For every life of the connection: in the first one there are no rooms yet.
      .onStatus(Status.Ready, () => {
        onState('connected');
        for (const [room, known] of this.#rooms) this.#send({ type: 'join', room, ...known });
      });
    pool.onRedial((event) => {
      if (event.step !== 'giveUp') return;
      const { cause } = event;
      this.#gaveUp =
        cause instanceof Error
          ? (loginErrorOf(cause) ?? cause)
          : new Error(`closed with ${cause.code} ${cause.reason}`);
    });
  }

  /** Logs in, and connects; rejects when that does not succeed at once. */
  static async open(
    options: SessionOptions,
    onEvent: (event: Event) => void,
    onState: (text: string) => void,
  ): Promise<Session> {
    let isThere = false;
    const pool = new Pool({
      clientRetry: Number.POSITIVE_INFINITY,
      retryInterval: 200,
      maxRetryInterval: 5000,
      // A password that is wrong stays so, and a token that was given; one of our own may have expired.
      retryOn: ({ status = 0, cause }) =>
        isThere &&
        !(cause instanceof LoginError) &&
        (status < 400 || status >= 500 || (status === 401 && !options.token)),
    });
    // For every attempt: a token of an hour ago may be none any more.
    const target = async (): Promise<DialTarget> => {
      const token = options.token ?? (await logIn(options));
      return { url: options.url, options: { extraHeaders: token === '' ? {} : { Authorization: `Bearer ${token}` } } };
    };
    try {
      const connection = await pool.dial(target);
      isThere = true;
      return new Session(pool, connection, onEvent, onState);
    } catch (error) {
      throw loginErrorOf(error) ?? error;
    }
  }

  join(room: string): void {
    this.#send({ type: 'join', room });
  }

  leave(room: string): void {
    this.#rooms.delete(room);
    this.#send({ type: 'leave', room });
  }

  who(room: string): void {
    this.#send({ type: 'who', room });
  }

  say(room: string, text: string): void {
    this.#send({ type: 'say', room, text });
  }

  /** Resolves when it was closed; rejects when it is given up. */
  async ended(): Promise<void> {
    await this.#pool.wait();
    if (this.#gaveUp !== undefined) throw this.#gaveUp;
  }

  close(): void {
    void this.#pool.close();
  }

  #read(event: Event): void {
    if (event.type === 'history') {
      const before = this.#rooms.get(event.room);
      const after = event.entries.at(-1)?.id ?? (before?.epoch === event.epoch ? before.after : 0);
      this.#rooms.set(event.room, { after, epoch: event.epoch });
    } else if (event.type === 'entry') {
      const known = this.#rooms.get(event.room);
      if (known !== undefined) known.after = event.entry.id;
    }
    this.#onEvent(event);
  }

  /** @throws NotReadyError, ClosedError while there is no connection. */
  #send(request: Request): void {
    this.#connection.dispatch(MessageType.Text, JSON.stringify(request));
  }
}

/** A token; '' when nobody answers: then `dial` says what is wrong, and better than `fetch` does. */
async function logIn({ url, name, password }: SessionOptions): Promise<string> {
  const body = JSON.stringify({ name, password });
  const response = await fetch(new URL('/login', url.replace(/^ws/, 'http')), { method: 'POST', body }).catch(
    () => undefined,
  );
  if (response === undefined) return '';
  const text = await response.text();
  if (!response.ok) throw new LoginError(`cannot log in as ${name}: ${text}`);
  return text;
}
