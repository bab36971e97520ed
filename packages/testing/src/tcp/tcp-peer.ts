import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { concat } from '../bytes.js';
import { turns } from '../turns.js';

/** Where a peer connects to. */
export type PeerTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Options of a {@link TcpPeer}. */
export interface TcpPeerOptions {
  /** Takes what is received, in place of `received`, which then stays empty. */
  readonly onBytes?: (chunk: Uint8Array) => void;
}

/** A peer over a real socket that speaks bytes, keeps no rule, and answers nothing by itself, but an end with its own. */
export class TcpPeer {
  readonly socket: Socket;
  hasEnded = false;
  hasClosed = false;
  readonly #chunks: Uint8Array[] = [];
  #watchers: (() => void)[] = [];

  /** Over a socket that is there already, on whichever side. It reads at once. */
  constructor(socket: Socket, options: TcpPeerOptions = {}) {
    const onBytes = options.onBytes ?? ((chunk: Uint8Array) => void this.#chunks.push(chunk));
    this.socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      onBytes(chunk);
      this.#changed();
    });
    socket.on('drain', () => this.#changed());
    // What went wrong shows in how it closes.
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

  /** Connects to a server. Rejects with the system's error when it cannot. */
  static async dial(target: PeerTarget, options?: TcpPeerOptions): Promise<TcpPeer> {
    const socket = connect({ noDelay: true, ...('path' in target ? target : { host: '127.0.0.1', ...target }) });
    await once(socket, 'connect');
    return new TcpPeer(socket, options);
  }

  /** Waits for clients, on a free port of 127.0.0.1. */
  static async listen(options?: TcpPeerOptions): Promise<PeerListener> {
    const server = createServer({ noDelay: true });
    const listener = new PeerListener(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return listener;
  }

  /** All that has come so far. */
  get received(): Uint8Array {
    return concat(this.#chunks);
  }

  /** Sends the parts in one write. */
  send(...parts: (Uint8Array | string)[]): void {
    this.socket.write(concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))));
  }

  /** Sends the bytes slowly: so many at a time, each piece a write of its own, a turn of the event loop after the one before. */
  async drip(bytes: Uint8Array, size: number): Promise<void> {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`size: a whole number from 1 on expected, got ${size}`);
    for (let at = 0; at < bytes.length && !this.hasClosed; at += size) {
      this.socket.write(bytes.subarray(at, at + size));
      await turns();
    }
  }

  /**
   * Sends the content again and again, as fast as the other side takes it, and goes on when it takes more: `times`, or until the
   * socket has closed. Resolves to the bytes that were handed to the system.
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

  /** Reads nothing any more, and says nothing: the other side runs into the end of its buffers. `socket.resume()` ends it. */
  mute(): void {
    this.socket.pause();
  }

  /** Ends, behind what was sent. */
  cut(): void {
    this.socket.end();
  }

  /** Ends at once by RST, as a process that crashed does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Resolves once `isMet`; it is asked after every event. Rejects with Error when the socket has closed before. */
  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      if (this.hasClosed) throw new Error('the socket has closed before');
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Waits for so many bytes in all, and returns what has come by then. */
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

/** Where clients come to a {@link TcpPeer}. */
export class PeerListener implements AsyncDisposable {
  readonly #server: Server;
  readonly #peers: TcpPeer[] = [];
  // Those that nobody has asked for yet.
  readonly #waiting: TcpPeer[] = [];
  readonly #takers: ((peer: TcpPeer) => void)[] = [];

  /** Made by `TcpPeer.listen`. */
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

  /** Where clients connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next client that comes, or has come. */
  accept(): Promise<TcpPeer> {
    const peer = this.#waiting.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Closes all peers, stops listening, and resolves when nothing is left. */
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
