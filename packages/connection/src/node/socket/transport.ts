import type { Duplex } from 'node:stream';
import { toError } from '../../application/thrown.js';
import { atEndOfTurn } from '../../time/clock.js';
import { READ_AHEAD, type Transport, type TransportSink } from '../../transport.js';
import { isTls, net } from '../built-ins.js';
import { bytesTakenFrom, encryptedBytesReadBy, SocketHandle } from './handle.js';
import { ReadAhead } from './read-ahead.js';

/** Options of a {@link SocketTransport}. */
export interface SocketTransportOptions {
  /** Uses the undocumented handle under a TCP or unix socket where that is possible. True by default. */
  direct?: boolean;
}

const EMPTY = new Uint8Array(0);

/** The property of a socket that holds its transport, so that all sockets share the same listeners. */
const TRANSPORT = Symbol('transport');

type Carrier = Duplex & { [TRANSPORT]: SocketTransport };

function onWatchedData(this: Carrier, chunk: Uint8Array): void {
  this[TRANSPORT].onWatchedData(chunk);
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

/**
 * A transport over any duplex stream of Node: TCP, TLS, unix socket, HTTP/2 stream.
 *
 * Invariants:
 * - After `start` only its sink is called, first with everything that was read ahead, and never from within `start` itself.
 * - `onClose` is the last event.
 * - Chunks are lent to the sink only when they were read through the handle; those of the stream belong to the sink.
 * - After `write` has returned false, the parts must not change until `onDrain`.
 */
export class SocketTransport implements Transport {
  readonly #socket: Duplex;
  // True for TCP and unix sockets, whose writes the system mostly takes at once: then no callback is passed with each write.
  readonly #isPlainSocket: boolean;
  readonly #handle: SocketHandle | undefined;
  // The stream may still hold bytes that it read before the handle was read directly.
  #mayHoldBytes = true;
  #sink: TransportSink | undefined;
  // The bytes read while the transport was watched, until they are delivered.
  #readAhead: ReadAhead | undefined;
  // The sink given to `start`, while earlier events are still to be delivered to it.
  #startingSink: TransportSink | undefined;
  #error: Error | undefined;
  #owesDrain = false;
  #isPaused = false;
  #hasEnded = false;
  #hasClosed = false;
  readonly #onWritten = (): void => {
    const socket = this.#socket;
    // For bytes that a destroyed socket drops, Node calls back as if they were written.
    if (this.#owesDrain && !socket.destroyed && socket.writableLength === 0) this.#drained();
  };

  /**
   * Pauses the stream until `start`. From now on the transport listens to its errors, so that none ends the process.
   *
   * @param head bytes that were read together with the opening handshake.
   */
  constructor(socket: Duplex, head: Uint8Array = new Uint8Array(0), options: SocketTransportOptions = {}) {
    this.#socket = socket;
    this.#isPlainSocket = socket instanceof net.Socket && !isTls(socket);
    if (options.direct !== false) this.#handle = SocketHandle.of(socket, () => this.#drained());
    socket.pause();
    // A half-close by the peer is reported to the sink, and does not end the writing side.
    socket.allowHalfOpen = true;
    (socket as Carrier)[TRANSPORT] = this;
    socket.on('error', onError);
    // A paused stream ends too if nothing is left to read, and that may happen before `start`.
    socket.on('end', onEnd);
    socket.on('close', onClose);
    this.#hasEnded = socket.readableEnded;
    this.#hasClosed = socket.closed;
    // The bytes are put back at once, before anything else is read and before the stream can end.
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
    // Most errors have destroyed the socket by now. It survives some, for example when a TLS client renegotiates too often, but
    // it is not to be relied on any more.
    this.#socket.destroy();
  }

  /** For the socket alone. */
  onEnd(): void {
    this.#hasEnded = true;
    this.#sink?.onEnd();
  }

  /** For the socket alone. */
  onWatchedData(chunk: Uint8Array): void {
    this.#readAhead?.push(chunk);
    if ((this.#readAhead?.length ?? 0) >= READ_AHEAD) this.#socket.pause();
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
        // The transport may have been started meanwhile.
        if (this.#sink === sink) this.#deliverEnd(sink);
      });
      return;
    }
    this.#readAhead = new ReadAhead();
    this.#socket.on('data', onWatchedData);
    this.#socket.resume();
  }

  start(sink: TransportSink): void {
    this.#sink = undefined;
    if (this.#readAhead !== undefined) {
      this.#socket.off('data', onWatchedData);
      this.#socket.pause();
    }
    if (this.#hasEnded || this.#hasClosed || this.#readAhead !== undefined) {
      this.#startingSink = sink;
      atEndOfTurn(() => this.#deliverEarlierEvents());
      return;
    }
    this.#read(sink);
  }

  #read(sink: TransportSink): void {
    this.#sink = sink;
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.#mayHoldBytes) this.#readDirectly(sink);
      sink.onData(chunk);
    });
    this.#readDirectly(sink);
    if (!this.#isPaused) this.#socket.resume();
  }

  write(parts: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    // A socket may have failed without having emitted the error yet. Bytes written now are dropped.
    if (!socket.writable) return socket.errored === null;
    if (parts.length === 0) return true;
    const handle = this.#handle;
    if (handle?.canWrite === true && socket.writableLength === 0) {
      this.#owesDrain = !handle.write(parts);
      return !this.#owesDrain;
    }
    if (handle === undefined || parts.length > 1) this.#writeToStream(parts);
    else handle.observeWrite(() => this.#writeToStream(parts));
    return !this.#owesDrain && socket.errored === null;
  }

  #writeToStream(parts: readonly Uint8Array[]): void {
    const socket = this.#socket;
    const onWritten = this.#isPlainSocket ? undefined : this.#onWritten;
    if (parts.length > 1) socket.cork();
    for (const part of parts) socket.write(part, onWritten);
    if (parts.length > 1) socket.uncork();
    // `writableLength` counts bytes until the system has taken them, over TLS too. At 0 the memory is free again. (Over TLS the
    // system never takes bytes at once.)
    this.#owesDrain = socket.writableLength > 0;
    if (this.#owesDrain && this.#isPlainSocket) socket.write(EMPTY, this.#onWritten);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#startingSink !== undefined) atEndOfTurn(() => this.#deliverEarlierEvents());
    else if (this.#sink !== undefined) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    if (this.#startingSink !== undefined) {
      this.#readAhead = undefined;
      atEndOfTurn(() => this.#deliverEarlierEvents());
    }
    this.#socket.destroy(error);
  }

  #drained(): void {
    this.#owesDrain = false;
    // A sink may write before earlier events were delivered to it.
    (this.#startingSink ?? this.#sink)?.onDrain();
  }

  // Reads from the handle instead of the stream, once the stream has delivered all that it holds.
  #readDirectly(sink: TransportSink): void {
    if (this.#socket.readableLength > 0) return;
    this.#mayHoldBytes = false;
    const readsDirectly = this.#handle?.readInto((bytes) => sink.onData(bytes, true));
    // A paused stream reads on until its buffer is full. That buffer is not used any more, so reading is stopped here.
    if (readsDirectly === true && this.#isPaused) this.#socket.pause();
  }

  // Delivers the earlier events to the sink. It is called one turn after `start`, as events never come from within a call.
  #deliverEarlierEvents(): void {
    const sink = this.#startingSink;
    const ahead = this.#readAhead;
    if (sink === undefined || (ahead !== undefined && this.#isPaused)) return;
    const wasDestroyed = this.#socket.destroyed;
    this.#startingSink = undefined;
    this.#readAhead = undefined;
    this.#sink = sink;
    if (ahead !== undefined && ahead.length > 0) sink.onData(ahead.bytes);
    // The sink has destroyed the transport because of these bytes.
    if (this.#socket.destroyed && !wasDestroyed) return;
    if (this.#hasEnded || this.#hasClosed) this.#deliverEnd(sink);
    else this.#read(sink);
  }

  #deliverEnd(sink: TransportSink): void {
    if (this.#hasEnded) sink.onEnd();
    if (this.#hasClosed) sink.onClose(this.#error);
  }
}
