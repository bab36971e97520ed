import { createServer, type Server as HttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { buildRefusal } from '@webson/handshake';
import type { Connection } from '../connection.js';
import { type ConnectionOptions, resolveOptions } from '../options.js';
import { ConfigError, HandshakeError } from '../protocol/errors.js';
import { Status } from '../status.js';
import { compressionOf } from './compression.js';
import { takeOver } from './take-over.js';

/** Options of {@link serve}. */
export interface ServeOptions extends ConnectionOptions {
  /** Port to listen on; 0, the default, for any that is free. */
  port?: number;
  /** Address to listen on; all by default, as `node:net` does. */
  host?: string;
  /** Path of a unix socket to listen on, in place of a port. */
  socketPath?: string;
  /** Only this path is answered, others with 404; every path by default. */
  path?: string;
  /** Serves `wss:` with this key and certificate. */
  tls?: TlsOptions;
  /** Answers requests that are not upgrades; by default they get 426. */
  onRequest?: RequestListener;
  /** Called when an upgrade was refused, or `onConnection` threw. Nothing is done by default. */
  onError?: (error: Error, request: IncomingMessage) => void;
}

/** What {@link serve} resolves to. */
export interface Server extends AsyncDisposable {
  /** Where clients dial: `ws://127.0.0.1:8000/`. */
  readonly url: string;
  /** What it listens on; a string for a unix socket. */
  readonly address: AddressInfo | string;
  /** The connections that are open now. */
  readonly connections: ReadonlySet<Connection>;
  /**
   * Takes no more connections (upgrades get 503), closes those there are, with `code`, 1001 by default, and resolves
   * when all have ended.
   */
  drain(options?: { code?: number; reason?: string }): Promise<void>;
  /** Drains, and stops listening. */
  close(): Promise<void>;
}

/**
 * The short way to a server: listens, answers upgrades, and calls `onConnection` with every connection. When that
 * returns, or what it returns resolves, the connection is started, unless it was already.
 *
 * Rejects with ConfigError when an option is wrong, with the system's error when it cannot listen.
 */
export async function serve(
  options: ServeOptions,
  onConnection: (connection: Connection, request: IncomingMessage) => unknown,
): Promise<Server> {
  // Wrong options are to be heard of now, not by the first client.
  resolveOptions(options);
  compressionOf(options, 'server');
  const server = new WebSocketServer(options, onConnection);
  await server.listen();
  return server;
}

class WebSocketServer implements Server {
  readonly #options: ServeOptions;
  readonly #onConnection: (connection: Connection, request: IncomingMessage) => unknown;
  readonly #http: HttpServer;
  readonly #connections = new Set<Connection>();
  // Upgrades whose handshake is not over.
  readonly #pending = new Set<Duplex>();
  #onEmpty: (() => void)[] = [];
  #isDraining = false;
  #closed: Promise<void> | undefined;

  constructor(options: ServeOptions, onConnection: (connection: Connection, request: IncomingMessage) => unknown) {
    this.#options = options;
    this.#onConnection = onConnection;
    const { tls, onRequest = refuseRequest } = options;
    this.#http = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  async listen(): Promise<void> {
    const { port = 0, host, socketPath } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      const target =
        socketPath === undefined ? { port, ...(host === undefined ? {} : { host }) } : { path: socketPath };
      this.#http.listen(target, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    this.#http.on('error', () => {});
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  get address(): AddressInfo | string {
    const address = this.#http.address();
    if (address === null) throw new ConfigError('address: the server does not listen any more');
    return address;
  }

  get url(): string {
    const { address } = this;
    const { tls, path = '/' } = this.#options;
    const scheme = tls === undefined ? 'ws' : 'wss';
    if (typeof address === 'string') return `${scheme}+unix:${address}:${path}`;
    return `${scheme}://${hostOf(address)}:${address.port}${path}`;
  }

  async drain(options: { code?: number; reason?: string } = {}): Promise<void> {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.close(options.code ?? 1001, options.reason);
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    await this.drain();
    for (const socket of this.#pending) socket.destroy();
    this.#http.closeAllConnections();
    await stopped;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    const { path, onError } = this.#options;
    this.#pending.add(socket);
    socket.once('close', () => this.#pending.delete(socket));
    try {
      if (this.#isDraining) throw refuse(socket, 503, 'Going away');
      if (path !== undefined && request.url?.split('?', 1)[0] !== path) throw refuse(socket, 404, 'Not found');
      const connection = await takeOver(request, socket, head, this.#options);
      this.#pending.delete(socket);
      await this.#run(connection, request);
    } catch (error) {
      onError?.(error instanceof Error ? error : new Error(String(error)), request);
    }
  }

  async #run(connection: Connection, request: IncomingMessage): Promise<void> {
    this.#connections.add(connection);
    connection.onStatus(Status.Closed, () => this.#remove(connection));
    if (this.#isDraining) connection.close(1001);
    try {
      await this.#onConnection(connection, request);
    } catch (error) {
      connection.close(1011, 'internal error');
      throw error;
    }
    if (!connection.isStarted) void connection.start().catch(() => {});
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}

const refuseRequest: RequestListener = (_request, response) => {
  response.writeHead(426, { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end('Upgrade required\n');
};

function refuse(socket: Duplex, status: number, reason: string): HandshakeError {
  socket.on('error', () => {});
  socket.end(buildRefusal(status, reason), 'latin1');
  socket.resume();
  return new HandshakeError('REFUSED', reason, { status });
}

// An address that a client can dial: one that stands for all is reached by the loopback one.
function hostOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
