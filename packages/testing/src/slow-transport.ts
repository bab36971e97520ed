import type { Transport, TransportSink } from './transport.js';
import { inNextTurn } from './turns.js';

/**
 * Passes on a number of bytes in each turn of the event loop, in either direction.
 *
 * - It keeps the whole contract of `Transport`, and loses nothing.
 * - `write` always returns false, and `onDrain` comes when all of it has been passed on.
 * - The transport under it is paused while received bytes wait to be delivered.
 */
export class SlowTransport implements Transport, TransportSink {
  readonly #transport: Transport;
  readonly #bytes: number;
  #sink: TransportSink | undefined;
  #isPaused = false;
  #isScheduled = false;
  // Events of the transport under it that the sink has not been told of: bytes, the end, and the close.
  #inbox: Uint8Array[] = [];
  #hasPeerEnded = false;
  #wasEndReported = false;
  #closed: { readonly error: Error | undefined } | undefined;
  #wasCloseReported = false;
  #isDestroyed = false;
  // Written bytes, and the end, that have not been passed on.
  #outbox: Uint8Array[] = [];
  #owesDrain = false;
  #isFull = false;
  #hasEnded = false;
  #endPassed = false;

  /** @param bytes the number of bytes for each turn, 1 or more. */
  constructor(transport: Transport, bytes: number) {
    this.#transport = transport;
    this.#bytes = bytes;
  }

  start(sink: TransportSink): void {
    this.#sink = sink;
    this.#transport.start(this);
    this.#schedule();
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#hasEnded || this.#isDestroyed || this.#closed !== undefined) return true;
    for (const part of parts) if (part.length > 0) this.#outbox.push(new Uint8Array(part));
    if (this.#outbox.length === 0) return true;
    this.#owesDrain = true;
    this.#schedule();
    return false;
  }

  pause(): void {
    this.#isPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#inbox.length === 0) this.#transport.resume();
    this.#schedule();
  }

  end(): void {
    this.#hasEnded = true;
    this.#schedule();
  }

  destroy(error?: Error): void {
    this.#isDestroyed = true;
    this.#inbox = [];
    this.#outbox = [];
    this.#transport.destroy(error);
    this.#schedule();
  }

  onData(chunk: Uint8Array): void {
    // Copies, because the chunk may be lent, and the reader will own every piece.
    for (let at = 0; at < chunk.length; at += this.#bytes) {
      this.#inbox.push(new Uint8Array(chunk.subarray(at, at + this.#bytes)));
    }
    this.#transport.pause();
    this.#schedule();
  }

  onDrain(): void {
    this.#isFull = false;
    this.#schedule();
  }

  onEnd(): void {
    this.#hasPeerEnded = true;
    this.#schedule();
  }

  onClose(error?: Error): void {
    this.#closed = { error };
    this.#outbox = [];
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#sink === undefined || this.#wasCloseReported) return;
    this.#isScheduled = true;
    inNextTurn(() => {
      this.#isScheduled = false;
      this.#send();
      this.#receive();
    });
  }

  #send(): void {
    if (this.#isDestroyed || this.#closed !== undefined || this.#isFull) return;
    const [head] = this.#outbox;
    if (head !== undefined) {
      this.#isFull = !this.#transport.write([head.subarray(0, this.#bytes)]);
      if (head.length > this.#bytes) this.#outbox[0] = head.subarray(this.#bytes);
      else this.#outbox.shift();
      this.#schedule();
      return;
    }
    if (this.#owesDrain) {
      this.#owesDrain = false;
      this.#sink?.onDrain();
    }
    if (!this.#hasEnded || this.#endPassed || this.#outbox.length > 0) return;
    this.#endPassed = true;
    this.#transport.end();
  }

  #receive(): void {
    const sink = this.#sink as TransportSink;
    if (!this.#isPaused) {
      const piece = this.#inbox.shift();
      if (piece !== undefined) {
        sink.onData(piece);
        if (this.#inbox.length === 0 && !this.#isPaused) this.#transport.resume();
      }
    }
    if (this.#inbox.length > 0) {
      if (!this.#isPaused) this.#schedule();
      return;
    }
    if (this.#hasPeerEnded && !this.#wasEndReported) {
      this.#wasEndReported = true;
      sink.onEnd();
    }
    if (this.#closed !== undefined && !this.#wasCloseReported) {
      this.#wasCloseReported = true;
      sink.onClose(this.#closed.error);
    }
  }
}
