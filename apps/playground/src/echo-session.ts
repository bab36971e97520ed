import { ClosedError, type CloseInfo, type Connection, type Message, MessageType } from 'webson';

interface Sent {
  readonly payload: Uint8Array;
  readonly at: number;
  resolve(time: number | undefined): void;
}

/** Sends messages to an echo server and takes the time until they are back, in the order they were sent. */
export class EchoSession {
  /** How the connection ended. */
  readonly ended: Promise<CloseInfo>;
  readonly #connection: Connection;
  readonly #sent: Sent[] = [];

  /** Starts the connection. */
  constructor(connection: Connection) {
    this.#connection = connection;
    connection
      .onMessage(MessageType.Text, (message) => this.#receive(message))
      .onMessage(MessageType.Binary, (message) => this.#receive(message));
    this.ended = connection.start().then((info) => {
      for (const { resolve } of this.#sent.splice(0)) resolve(undefined);
      return info;
    });
  }

  /**
   * Sends a message: text as text, bytes as binary. Resolves to the milliseconds until the echo came, or to undefined
   * when the connection ends before.
   */
  send(payload: string | Uint8Array): Promise<number | undefined> {
    const at = performance.now();
    try {
      this.#connection.dispatch(typeof payload === 'string' ? MessageType.Text : MessageType.Binary, payload);
    } catch (error) {
      if (error instanceof ClosedError) return Promise.resolve(undefined);
      throw error;
    }
    return new Promise((resolve) => this.#sent.push({ payload: Buffer.from(payload), at, resolve }));
  }

  /** Begins to close the connection. */
  close(): void {
    this.#connection.close(1000);
  }

  #receive(message: Message): void {
    const now = performance.now();
    const sent = this.#sent.shift();
    if (sent === undefined || Buffer.compare(sent.payload, message.read()) !== 0) {
      throw new Error('this is no echo server: what came back is not what was sent');
    }
    sent.resolve(now - sent.at);
  }
}
