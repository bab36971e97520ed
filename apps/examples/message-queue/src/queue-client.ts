import { ClosedError, type Connection, Status } from 'webson';
import { checkTopic, decodeMessage, encodeMessage, QueueError, type QueueMessage, Type } from './protocol.js';

interface Waiting {
  resolve(reply: string): void;
  reject(error: Error): void;
}

/**
 * A publisher or listener: requests, and the replies to them.
 *
 * All requests reject with QueueError when they are refused, with ClosedError when the connection ends first.
 */
export class QueueClient {
  readonly #connection: Connection;
  // Replies come in the order of the requests.
  readonly #waiting: Waiting[] = [];

  /** Registers handlers on a connection that was dialled and is not started yet. */
  constructor(connection: Connection) {
    this.#connection = connection
      .onMessage(Type.Done, (message) => this.#waiting.shift()?.resolve(message.text()))
      .onMessage(Type.Refused, (message) => this.#waiting.shift()?.reject(new QueueError(message.text())))
      .onStatus(Status.Closed, () => {
        for (const { reject } of this.#waiting.splice(0)) reject(new ClosedError('the connection ended'));
      });
  }

  /** Calls `action` with every message of the topics subscribed; the next is read when it has settled. */
  onMessage(action: (message: QueueMessage) => unknown): void {
    this.#connection.onMessage(Type.Message, (message) => action(decodeMessage(message.read())));
  }

  /** Sends a message; resolves to the number of listeners it was sent to. */
  async publish(topic: string, body: string | Uint8Array): Promise<number> {
    return Number(await this.#request(Type.Publish, encodeMessage(topic, body)));
  }

  /** Listens to a topic: when it resolves, everything published from now on comes. */
  async subscribe(topic: string): Promise<void> {
    await this.#request(Type.Subscribe, checkTopic(topic));
  }

  /** Listens to a topic no more. */
  async unsubscribe(topic: string): Promise<void> {
    await this.#request(Type.Unsubscribe, checkTopic(topic));
  }

  #request(type: number, payload: string | Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#connection.dispatch(type, payload);
      this.#waiting.push({ resolve, reject });
    });
  }
}
