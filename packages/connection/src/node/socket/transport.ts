import type { Duplex } from 'node:stream';
import { toError } from '../../application/thrown.js';
import { atEndOfTurn } from '../../time/clock.js';
import { READ_AHEAD, type Transport, type TransportSink } from '../../transport.js';
import { isTls, net } from '../built-ins.js';
import { bytesTakenFrom, encryptedBytesReadBy, SocketHandle } from './handle.js';
import { ReadAhead } from './read-ahead.js';

/** How a {@link SocketTransport} works. */
export interface SocketTransportOptions {
  /** Uses the handle under a TCP or unix socket where that is possible, which Node does not document. True by default. */
  direct?: boolean;
}

const EMPTY = new Uint8Array(0);

/** Where a socket has its transport, so that the same functions can listen to all sockets. */
const TRANSPORT = Symbol('transport');

type Carrier = Duplex & { [TRANSPORT]: SocketTransport };

function onAhead(this: Carrier, chunk: Uint8Array): void {
  this[TRANSPORT].onAhead(chunk);
}

function onError(this: Carrier, error: Error): void {
  this[TRANSPORT].onError(error);
}

function onEnd(this: Carrier): void {
  this[TRANSPORT].onEnd();
}

function onClose(this: Carrier): void {
  this[TRANSPORT].onClose();
}

/** A transport over any duplex stream of Node: TCP, TLS, unix socket, HTTP/2 stream. */
export class SocketTransport implements Transport {
  readonly #socket: Duplex;
  // Mostly the system takes at once what it is given; then a call back for each write is for nothing.
  readonly #isDirect: boolean;
  readonly #handle: SocketHandle | undefined;
  // The stream has bytes left that were read before the handle could be.
  #hasBacklog = true;
  #sink: TransportSink | undefined;
  // What has come while it was watched, until it has been told.
  #ahead: ReadAhead | undefined;
  // It was started, but what happened before has not been told yet.
  #starting: TransportSink | undefined;
  #error: Error | undefined;
  #owesDrain = false;
  #isPaused = false;
  #hasEnded = false;
  #hasClosed = false;
  readonly #onWritten = (): void => {
    const socket = this.#socket;
    // Of what a destroyed socket drops Node says that it was written.
    if (this.#owesDrain && !socket.destroyed && socket.writableLength === 0) this.#drained();
  };

  /**
   * The stream is paused until `start`; from here on none of its errors reaches the process.
   *
   * @param head bytes that were read together with the handshake.
   */
  constructor(socket: Duplex, head: Uint8Array = new Uint8Array(0), options: SocketTransportOptions = {}) {
    this.#socket = socket;
    this.#isDirect = socket instanceof net.Socket && !isTls(socket);
    if (options.direct !== false) this.#handle = SocketHandle.of(socket, () => this.#drained());
    socket.pause();
    // The end of the reading side is told, what to do about it is for whoever uses the transport to say.
    socket.allowHalfOpen = true;
    (socket as Carrier)[TRANSPORT] = this;
    socket.on('error', onError);
    // A stream ends also while it is paused, if nothing is left to read: that must not be missed before `start`.
    socket.on('end', onEnd);
    socket.on('close', onClose);
    this.#hasEnded = socket.readableEnded;
    this.#hasClosed = socket.closed;
    // Before anything else is read, and before the stream can end.
    if (head.length > 0 && !socket.readableEnded && !socket.destroyed) socket.unshift(head);
    if (socket instanceof net.Socket) {
      socket.setNoDelay(true);
      socket.setTimeout(0);
    }
  }

  get bytesTaken(): number | undefined {
    return bytesTakenFrom(this.#socket);
  }

  get bytesReceived(): number | undefined {
    return encryptedBytesReadBy(this.#socket);
  }

  /** True when a transport was made of the socket, whatever has become of it. */
  static isOn(socket: Duplex): boolean {
    return TRANSPORT in socket;
  }

  /** For the socket alone. */
  onError(error: Error): void {
    this.#error ??= toError(error);
    // Mostly the socket is destroyed by then. Some errors it survives, such as those of a TLS client that negotiates anew too
    // often: whatever it still does is not to be relied on.
    this.#socket.destroy();
  }

  /** For the socket alone. */
  onEnd(): void {
    this.#hasEnded = true;
    this.#sink?.onEnd();
  }

  /** For the socket alone. */
  onAhead(chunk: Uint8Array): void {
    this.#ahead?.push(chunk);
    if ((this.#ahead?.length ?? 0) >= READ_AHEAD) this.#socket.pause();
    this.#sink?.onData(chunk);
  }

  /** For the socket alone. */
  onClose(): void {
    this.#hasClosed = true;
    this.#sink?.onClose(this.#error);
  }

  watch(sink: TransportSink): void {
    this.#sink = sink;
    if (this.#hasEnded || this.#hasClosed) {
      atEndOfTurn(() => {
        // It may have been started meanwhile.
        if (this.#sink === sink) this.#tellEnd(sink);
      });
      return;
    }
    this.#ahead = new ReadAhead();
    this.#socket.on('data', onAhead);
    this.#socket.resume();
  }

  start(sink: TransportSink): void {
    this.#sink = undefined;
    if (this.#ahead !== undefined) {
      this.#socket.off('data', onAhead);
      this.#socket.pause();
    }
    if (this.#hasEnded || this.#hasClosed || this.#ahead !== undefined) {
      this.#starting = sink;
      atEndOfTurn(() => this.#catchUp());
      return;
    }
    this.#read(sink);
  }

  #read(sink: TransportSink): void {
    this.#sink = sink;
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.#hasBacklog) this.#readDirectly(sink);
      sink.onData(chunk);
    });
    this.#readDirectly(sink);
    if (!this.#isPaused) this.#socket.resume();
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    // A socket that broke may have yet to say so: what is written to it now goes nowhere.
    if (!socket.writable) return socket.errored === null;
    if (parts.length === 0) return true;
    const handle = this.#handle;
    if (handle?.canWrite === true && socket.writableLength === 0) {
      this.#owesDrain = !handle.write(parts);
      return !this.#owesDrain;
    }
    if (handle === undefined || parts.length > 1) this.#writeToStream(parts);
    else handle.learn(() => this.#writeToStream(parts));
    return !this.#owesDrain && socket.errored === null;
  }

  #writeToStream(parts: readonly Uint8Array[]): void {
    const socket = this.#socket;
    const onWritten = this.#isDirect ? undefined : this.#onWritten;
    if (parts.length > 1) socket.cork();
    for (const part of parts) socket.write(part, onWritten);
    if (parts.length > 1) socket.uncork();
    // A byte counts until the system has taken it, over TLS too: with nothing left the memory is free. (What TLS encrypts
    // is never taken at once.)
    this.#owesDrain = socket.writableLength > 0;
    if (this.#owesDrain && this.#isDirect) socket.write(EMPTY, this.#onWritten);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#starting !== undefined) atEndOfTurn(() => this.#catchUp());
    else if (this.#sink !== undefined) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    if (this.#starting !== undefined) {
      this.#ahead = undefined;
      atEndOfTurn(() => this.#catchUp());
    }
    this.#socket.destroy(error);
  }

  #drained(): void {
    this.#owesDrain = false;
    // Who has started it may write at once.
    (this.#starting ?? this.#sink)?.onDrain();
  }

  // Past the stream, as soon as that has told all it has read.
  #readDirectly(sink: TransportSink): void {
    if (this.#socket.readableLength > 0) return;
    this.#hasBacklog = false;
    const readsDirectly = this.#handle?.readInto((bytes) => sink.onData(bytes, true));
    // A stream that is paused goes on to read for a while; now nothing would hold back what it reads.
    if (readsDirectly === true && this.#isPaused) this.#socket.pause();
  }

  // What has happened is told a turn later, as everything else is.
  #catchUp(): void {
    const sink = this.#starting;
    const ahead = this.#ahead;
    if (sink === undefined || (ahead !== undefined && this.#isPaused)) return;
    const wasDestroyed = this.#socket.destroyed;
    this.#starting = undefined;
    this.#ahead = undefined;
    this.#sink = sink;
    if (ahead !== undefined && ahead.length > 0) sink.onData(ahead.bytes);
    // By what has come just now.
    if (this.#socket.destroyed && !wasDestroyed) return;
    if (this.#hasEnded || this.#hasClosed) this.#tellEnd(sink);
    else this.#read(sink);
  }

  #tellEnd(sink: TransportSink): void {
    if (this.#hasEnded) sink.onEnd();
    if (this.#hasClosed) sink.onClose(this.#error);
  }
}
