import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Transport, TransportSink } from '../transport.js';

/** A transport over any duplex stream of Node: TCP, TLS, unix socket, HTTP/2 stream. */
export class SocketTransport implements Transport {
  readonly #socket: Duplex;
  #head: Uint8Array;
  #sink: TransportSink | undefined;
  #error: Error | undefined;
  #owesDrain = false;
  #isPaused = false;
  readonly #onWritten = (): void => {
    if (!this.#owesDrain || this.#socket.writableLength > 0) return;
    this.#owesDrain = false;
    this.#sink?.onDrain();
  };

  /** @param head bytes that were read together with the handshake. */
  constructor(socket: Duplex, head: Uint8Array = new Uint8Array(0)) {
    this.#socket = socket;
    this.#head = head;
    socket.pause();
    // An error before `start` or after the end has to have someone who listens.
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    if (socket instanceof Socket) {
      socket.setNoDelay(true);
      socket.setTimeout(0);
    }
  }

  start(sink: TransportSink): void {
    const socket = this.#socket;
    this.#sink = sink;
    if (socket.destroyed) {
      setImmediate(() => sink.onClose(this.#error));
      return;
    }
    socket.on('data', (chunk: Uint8Array) => sink.onData(chunk));
    socket.on('end', () => sink.onEnd());
    socket.on('close', () => sink.onClose(this.#error));
    if (this.#head.length > 0) {
      socket.unshift(this.#head);
      this.#head = new Uint8Array(0);
    }
    if (!this.#isPaused) socket.resume();
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    if (parts.length > 1) socket.cork();
    for (const part of parts) socket.write(part, this.#onWritten);
    if (parts.length > 1) socket.uncork();
    // Nothing left with the stream: the system has taken it all, and the memory is free.
    this.#owesDrain = socket.writableLength > 0;
    return !this.#owesDrain;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#sink !== undefined) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
