import { connect, type Socket } from 'node:net';
import { encode } from '../harness/frame.js';
import { sampleKey, upgradeRequest } from '../harness/upgrade.js';

const BUFFER_LENGTH = 64 * 1024;

/** One connection: how far into the frames it has read. */
interface Subscriber {
  readonly socket: Socket;
  isOpen: boolean;
  received: number;
}

/** Many plain sockets that compare every byte with what has to come: the same frame, again and again. */
export class Subscribers {
  readonly #all: Subscriber[] = [];
  readonly #frameLength: number;
  // The frame so many times that whatever comes in one chunk is found in it, from any offset on.
  readonly #expected: Buffer;
  // One buffer for all to read into.
  readonly #buffer: Buffer = Buffer.allocUnsafe(BUFFER_LENGTH);
  #wanted = 0;
  #missing = 0;
  #onDone: () => void = () => {};
  #onError: (error: Error) => void = () => {};

  private constructor(payload: Uint8Array) {
    const frame = encode(payload);
    this.#frameLength = frame.length;
    this.#expected = Buffer.alloc(BUFFER_LENGTH + frame.length, frame);
  }

  /** @param payload what every message has to be: at most 125 bytes. */
  static async connect(port: number, count: number, payload: Uint8Array): Promise<Subscribers> {
    const subscribers = new Subscribers(payload);
    for (let i = 0; i < count; i++) await subscribers.#open(port);
    return subscribers;
  }

  /** Asks for so many messages to all; resolves when every one has got every one of them. Rejects at the first wrong byte. */
  burst(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onDone = resolve;
      this.#onError = reject;
      this.#wanted += count * this.#frameLength;
      this.#missing = this.#all.length;
      this.#all[0]?.socket.write(encode(Uint8Array.of(count), Buffer.alloc(4)));
    });
  }

  #open(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const onread = { buffer: this.#buffer, callback: (length: number) => this.#onBytes(subscriber, length, resolve) };
      const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
      const subscriber: Subscriber = { socket, isOpen: false, received: 0 };
      this.#all.push(subscriber);
      socket.once('connect', () => socket.write(upgradeRequest(port, sampleKey)));
      socket.on('error', (error) => {
        reject(error);
        this.#onError(error);
      });
      socket.on('close', () => this.#onError(new Error('a connection was closed')));
    });
  }

  #onBytes(subscriber: Subscriber, length: number, onOpen: () => void): boolean {
    if (!subscriber.isOpen) {
      subscriber.isOpen = true;
      onOpen();
      return true;
    }
    const at = subscriber.received % this.#frameLength;
    const isRight = this.#buffer.compare(this.#expected, at, at + length, 0, length) === 0;
    subscriber.received += length;
    if (!isRight || subscriber.received > this.#wanted) this.#onError(new Error('bytes that nobody sent'));
    if (subscriber.received === this.#wanted && --this.#missing === 0) this.#onDone();
    return true;
  }
}
