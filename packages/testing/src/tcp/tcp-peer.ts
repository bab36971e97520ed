import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { concat } from '../bytes.js';
import { turns } from '../turns.js';

/** Where a peer connects to. */
export type PeerTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Options of a {@link TcpPeer}. */
export interface TcpPeerOptions {
  /** Called with every chunk; `received` then stays empty. */
  readonly onBytes?: (chunk: Uint8Array) => void;
}

/**
 * A peer over a real socket that sends any bytes, whether or not they follow a protocol. It answers nothing by itself,
 * except an end with an end.
 */
export class TcpPeer {
  readonly socket: Socket;
  hasEnded = false;
  hasClosed = false;
  readonly #chunks: Uint8Array[] = [];
  #watchers: (() => void)[] = [];

  /** Wraps a connected socket of either side, and starts reading at once. */
  constructor(socket: Socket, options: TcpPeerOptions = {}) {
    const onBytes = options.onBytes ?? ((chunk: Uint8Array) => void this.#chunks.push(chunk));
    this.socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      onBytes(chunk);
      this.#changed();
    });
    socket.on('drain', () => this.#changed());
    // An error needs no handling of its own: the socket closes after it.
    socket.on('error', () => {});
    socket.on('end', () => {
      this.hasEnded = true;
      socket.end();
      this.#changed();
    });
    socket.on('close', () => {
      this.hasClosed = true;
      this.#changed();
    });
  }

  /** Connects to a server. Rejects with the system's error when it cannot connect. */
  static async dial(target: PeerTarget, options?: TcpPeerOptions): Promise<TcpPeer> {
    const socket = connect({ noDelay: true, ...('path' in target ? target : { host: '127.0.0.1', ...target }) });
    await once(socket, 'connect');
    return new TcpPeer(socket, options);
  }

  /** Listens for clients on a free port of 127.0.0.1. */
  static async listen(options?: TcpPeerOptions): Promise<PeerListener> {
    const server = createServer({ noDelay: true });
    const listener = new PeerListener(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return listener;
  }

  /** All bytes received so far. */
  get received(): Uint8Array {
    return concat(this.#chunks);
  }

  /** Sends the parts in one write. */
  send(...parts: (Uint8Array | string)[]): void {
    this.socket.write(concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))));
  }

  /**
   * Sends the bytes slowly: one write of `size` bytes in each turn of the event loop. Rejects with RangeError when
   * `size` is not a whole number of at least 1.
   */
  async drip(bytes: Uint8Array, size: number): Promise<void> {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`size: a whole number from 1 on expected, got ${size}`);
    for (let at = 0; at < bytes.length && !this.hasClosed; at += size) {
      this.socket.write(bytes.subarray(at, at + size));
      await turns();
    }
  }

  /**
   * Sends the content again and again, as fast as the other side reads it, `times` times or until the socket has
   * closed. Resolves to the number of bytes that were handed to the system.
   */
  async flood(content: Uint8Array, times: number = Number.POSITIVE_INFINITY): Promise<number> {
    if (content.length === 0) throw new RangeError('content: at least one byte expected');
    const { bytesWritten: before } = this.socket;
    for (let i = 0; i < times && !this.hasClosed; i++) {
      if (this.socket.write(content)) continue;
      await this.until(() => this.hasClosed || !this.socket.writableNeedDrain);
    }
    return this.socket.bytesWritten - before;
  }

  /** Stops reading, so that the buffers of the other side fill up. `socket.resume()` ends it. */
  mute(): void {
    this.socket.pause();
  }

  /** Ends the stream behind everything that was sent. */
  cut(): void {
    this.socket.end();
  }

  /** Closes at once by an RST, as a crashed process does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /**
   * Resolves once `isMet` returns true; it is called now and after every event. Rejects with Error when the socket has
   * closed before that.
   */
  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      if (this.hasClosed) throw new Error('the socket has closed before');
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Waits until `length` bytes have been received in all, and resolves to everything received by then. */
  async has(length: number): Promise<Uint8Array> {
    await this.until(() => this.#length >= length);
    return this.received;
  }

  get #length(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  #changed(): void {
    for (const resolve of this.#watchers.splice(0)) resolve();
  }
}

/** Listens for clients, each of which becomes a {@link TcpPeer}. */
export class PeerListener implements AsyncDisposable {
  readonly #server: Server;
  readonly #peers: TcpPeer[] = [];
  // Peers that `accept` has not returned yet.
  readonly #waiting: TcpPeer[] = [];
  readonly #takers: ((peer: TcpPeer) => void)[] = [];

  /** Called by `TcpPeer.listen` alone. */
  constructor(server: Server, options: TcpPeerOptions | undefined) {
    this.#server = server;
    server.on('connection', (socket) => {
      const peer = new TcpPeer(socket, options);
      this.#peers.push(peer);
      const take = this.#takers.shift();
      if (take === undefined) this.#waiting.push(peer);
      else take(peer);
    });
  }

  /** The port that clients connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves to the next client, at once if one is waiting. */
  accept(): Promise<TcpPeer> {
    const peer = this.#waiting.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Closes all peers, stops listening, and resolves when every socket is closed. */
  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const { socket } of this.#peers) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
