import { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

type Post = Uint8Array | 'more' | 'end';

/**
 * A MessagePort as a stream of bytes, to another thread for instance. A port takes whatever is posted, without bound: so each
 * piece waits until the other side has asked for one.
 */
export class PortDuplex extends Duplex {
  readonly #port: MessagePort;
  #isAsked = false;
  #hasPeerEnded = false;
  #send: (() => void) | undefined;

  /** The port belongs to the stream from now on. */
  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('message', (post: Post) => {
      this.#hasPeerEnded ||= post === 'end';
      if (post === 'more') this.#onAsked();
      else this.push(post === 'end' ? null : post);
    });
    // The other side is gone. If both had ended before, what it sent may still be unread here.
    port.on('close', () => (this.#hasPeerEnded && this.writableFinished) || this.destroy());
  }

  override _read(): void {
    this.#port.postMessage('more');
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#send = () => {
      // A copy without the memory around it, which is given away.
      const bytes = new Uint8Array(chunk);
      this.#port.postMessage(bytes, [bytes.buffer]);
      done();
    };
    if (this.#isAsked) this.#onAsked();
  }

  override _final(done: () => void): void {
    this.#port.postMessage('end');
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    done(error);
  }

  #onAsked(): void {
    const send = this.#send;
    this.#isAsked = send === undefined;
    this.#send = undefined;
    send?.();
  }
}
