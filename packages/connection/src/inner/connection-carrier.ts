import { type Connection, pooled } from '../connection.js';
import { MessageType } from '../status.js';
import type { CarrierSink, MessageCarrier } from './message-carrier.js';

/**
 * A connection of this kit that carries the messages of another one: on a server, to a client that has only the WebSocket of its
 * platform. It has to be synchronized: a message that is not wanted yet keeps the next ones waiting.
 */
export class ConnectionCarrier implements MessageCarrier {
  readonly #connection: Connection;
  #sink: CarrierSink | undefined;
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  start(sink: CarrierSink): void {
    const connection = this.#connection;
    this.#sink = sink;
    connection.onMessage(MessageType.Binary, (message) => {
      sink.onMessage(message.read());
      return this.#resumed;
    });
    connection.onMessage(MessageType.Text, (message) => sink.onMessage(message.text()));
    void connection.start().then((end) => {
      this.resume();
      sink.onClose(end);
    });
  }

  send(payload: Uint8Array | string): boolean {
    const type = typeof payload === 'string' ? MessageType.Text : MessageType.Binary;
    if (this.#connection.dispatch(type, payload)) return true;
    this.#connection.drained().then(
      () => this.#sink?.onDrain(),
      () => {},
    );
    return false;
  }

  pause(): void {
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#resumed = undefined;
    this.#resume = undefined;
  }

  close(code?: number, reason?: string): void {
    // A connection that is paused hears the answer all the same.
    this.resume();
    this.#connection.close(code, reason);
  }

  destroy(): void {
    this.resume();
    pooled(this.#connection).terminate();
  }
}
