import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { normalizePath, parseTarget } from '@webson/handshake';
import { throwIfAborted } from '../../application/abort.js';
import { toError } from '../../application/thrown.js';
import { type Connection, pooled } from '../../connection.js';
import type { StatusAction } from '../../handlers.js';
import { closeInStages, type DrainOptions, resolveDrainOptions } from '../../lifecycle/drain.js';
import {
  checkOptions,
  FUNCTION,
  type OptionKind,
  type OptionKinds,
  RECORD,
  STRING,
  wrongOption,
} from '../../options/option-kinds.js';
import { type ConnectionOptions, resolveOptions } from '../../options/options.js';
import { ConfigError, HandshakeError } from '../../protocol/contract/errors.js';
import { Status } from '../../status.js';
import { extensionsOf } from '../extensions.js';
import { createHttpServer, type RequestHandler, RequestTracker } from './http-server.js';
import { refuse } from './refusal.js';
import { prepareOptions, takeOver } from './take-over.js';

/** Options of {@link serve}. `signal` closes the server. */
export interface ServeOptions extends ConnectionOptions {
  /** Port to listen on, also as text; 0, the default, for any that is free. */
  port?: number | string;
  /** Address to listen on; all by default, as `node:net` does. */
  host?: string;
  /** Path of a unix socket to listen on, in place of a port. */
  socketPath?: string;
  /**
   * The only path of the server: upgrades for another path are refused with 404. Every path by default. It begins with `/` and
   * has no query and no fragment. Paths are compared after normalisation (RFC 3986 §6.2.2): `/caf%c3%a9` is `/café`, `/a/../b`
   * is `/b`. The query of a request is ignored.
   */
  path?: string;
  /** Key and certificate to serve `wss:` with. */
  tls?: TlsOptions;
  /**
   * Answers requests that are not upgrades; by default they get 426, and 500 when it throws or rejects. A client that has more
   * than 256 requests on one connection that are not answered is cut off.
   */
  onRequest?: RequestHandler;
  /**
   * Called with a HandshakeError when an upgrade was refused or its client left, with what `onConnection` (the
   * connection is closed with 1011 then) or `onRequest` threw or rejected with, with a WebsonError `TOO_MANY_REQUESTS` when a
   * client was cut off for that, and, without a request, with an error of the listening socket. Nothing is done by default. An
   * error that it throws itself is dropped.
   */
  onError?: (error: Error, request?: IncomingMessage) => unknown;
}

/** What {@link serve} resolves to. */
export interface Server extends AsyncDisposable {
  /** Where clients dial: `ws://127.0.0.1:8000/`. */
  readonly url: string;
  /** The address that the server listens on; a string for a unix socket. */
  readonly address: AddressInfo | string;
  /** The connections that are open now. */
  readonly connections: ReadonlySet<Connection>;
  /**
   * Refuses new connections (upgrades get 503, also those whose `headerVerify` is still at work), closes the open ones, all at
   * once or in stages, and resolves when all have ended: each after `timeout.close` at the latest, and all at the deadline.
   *
   * Rejects with ConfigError or RangeError for a wrong option, and nothing is done then. Rejects with the reason of `signal`
   * when that aborts: connections that are not closed yet stay open, and new ones are accepted again, unless another drain was
   * not aborted. Any number of drains may run at once, each with its own deadline.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Drains, stops listening, and resolves when every socket is closed. */
  close(): Promise<void>;
}

type ConnectionHandler = (connection: Connection, request: IncomingMessage) => unknown;

const PORT: OptionKind = {
  expected: 'an integer from 0 to 65535',
  accepts: (value) => {
    const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535;
  },
};

// The path of a request never contains a query or a fragment.
const PATH: OptionKind = {
  expected: 'a path that begins with / and has no ? and no #',
  accepts: (value) => typeof value === 'string' && /^\/[^?#]*$/.test(value),
};

const KINDS: OptionKinds<Omit<ServeOptions, keyof ConnectionOptions>> = {
  port: PORT,
  host: STRING,
  socketPath: { expected: 'a path', accepts: (value) => typeof value === 'string' && value !== '' },
  path: PATH,
  tls: RECORD,
  onRequest: FUNCTION,
  onError: FUNCTION,
};

/**
 * The short way to a server: listens, answers upgrades, and calls `onConnection` with every connection. When that
 * returns, or what it returns resolves, the connection is started, unless it was already.
 *
 * Rejects with ConfigError when an option is wrong, with WebsonError `LOAD_FAILED` when the code that one needs cannot be
 * loaded, with the system's error when it cannot listen.
 */
export async function serve(options: ServeOptions, onConnection: ConnectionHandler): Promise<Server> {
  // Options are checked here so that the caller learns of a wrong one, and not only the first client.
  const settings = resolveOptions(options);
  checkOptions<Omit<ServeOptions, keyof ConnectionOptions>>('options', options, KINDS);
  if (typeof onConnection !== 'function') throw wrongOption('onConnection', 'a function', onConnection);
  const { handshakeTimeout } = settings;
  await extensionsOf(options, settings, 'server');
  const { signal } = options;
  throwIfAborted(signal);
  const server = new WebSocketServer(options, handshakeTimeout, onConnection);
  await server.listen();
  if (signal?.aborted === true) {
    await server.close();
    throwIfAborted(signal);
  }
  return server;
}

/**
 * The server behind `serve`.
 *
 * Invariants:
 * - Every socket is in `#sockets` from its connection until it is closed, so `close` leaves none behind.
 * - A connection is in `#connections` from the answer 101 until its status is `Closed`.
 * - New connections are refused from the first drain on, unless every drain was aborted by its signal.
 */
class WebSocketServer implements Server {
  readonly #options: ServeOptions;
  // Undefined when every path is answered.
  readonly #path: string | undefined;
  readonly #onConnection: ConnectionHandler;
  readonly #http: HttpServer;
  readonly #connections = new Set<Connection>();
  // Every open socket, whether it became a connection or not.
  readonly #sockets = new Set<Duplex>();
  // The sockets of upgrades that are not answered yet, or were refused.
  readonly #pending = new Set<Duplex>();
  readonly #requests: RequestTracker;
  // Aborted while new connections are refused.
  #draining!: AbortController;
  // Number of drains that were not aborted, finished ones included.
  #drainCount = 0;
  #connectionOptions!: ConnectionOptions;
  readonly #onAbort = (): void => void this.close();
  // One function for all sockets, and one for all connections, as there may be very many.
  readonly #onClose: (this: Duplex) => void;
  readonly #onClosed: StatusAction;
  #onChange: (() => void)[] = [];
  readonly #onEmpty = new Set<() => void>();
  #listening: { address: AddressInfo | string; url: string } | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ServeOptions, handshakeTimeout: number, onConnection: ConnectionHandler) {
    this.#options = options;
    this.#path = options.path === undefined ? undefined : normalizePath(options.path);
    this.#onConnection = onConnection;
    const { tls, onRequest } = options;
    const http = createHttpServer({
      tls,
      handshakeTimeout,
      onRequest,
      onRequestError: (error, request) => this.#report(error, request),
    });
    this.#http = http;
    const server = this;
    this.#onClose = function onClose() {
      server.#sockets.delete(this);
      server.#pending.delete(this);
      server.#changed();
    };
    this.#onClosed = (_previous, connection) => {
      this.#connections.delete(connection as Connection);
      this.#changed();
    };
    this.#requests = new RequestTracker(http, (error, request) => this.#report(error, request));
    this.#open();
    const onClose = this.#onClose;
    http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', onClose);
    });
    http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  async listen(): Promise<void> {
    const { host, socketPath, signal } = this.#options;
    const port = Number(this.#options.port ?? 0);
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => {
        this.#http.close();
        reject(error);
      };
      this.#http.once('error', onError);
      const target =
        socketPath === undefined ? { port, ...(host === undefined ? {} : { host }) } : { path: socketPath };
      this.#http.listen(target, () => {
        this.#http.off('error', onError);
        resolve();
      });
    });
    this.#http.on('error', (error) => this.#report(error));
    const address = this.#http.address() as AddressInfo | string;
    this.#listening = { address, url: urlOf(address, this.#options.tls, this.#path) };
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  get address(): AddressInfo | string {
    return this.#location.address;
  }

  get url(): string {
    return this.#location.url;
  }

  async drain(options: DrainOptions = {}): Promise<void> {
    const plan = resolveDrainOptions(options);
    if (this.#drainCount++ === 0) {
      this.#draining.abort(new HandshakeError('ABORTED', 'the server takes no more connections'));
    }
    try {
      await closeInStages(
        this.#connections,
        plan,
        (action) => this.#whenEmpty(action),
        (connection) => pooled(connection).terminate(),
      );
    } catch (error) {
      if (--this.#drainCount === 0) this.#open();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): void {
    this.#draining = new AbortController();
    const { signal } = this.#draining;
    this.#connectionOptions = { ...this.#options, signal };
    prepareOptions(this.#connectionOptions);
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const stopped = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    await this.drain();
    // Refused clients have a moment to read the answer.
    await this.#until(() => this.#pending.size === 0);
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    this.#pending.add(socket);
    // Over TLS this is not the socket that the event `connection` came with.
    if (!this.#sockets.has(socket)) socket.on('close', this.#onClose);
    try {
      this.#check(request, socket);
      const connection = await takeOver(request, socket, head, this.#connectionOptions);
      this.#pending.delete(socket);
      this.#changed();
      await this.#run(connection, request);
    } catch (error) {
      this.#report(error, request);
    }
  }

  #check({ url }: IncomingMessage, socket: Duplex): void {
    const path = this.#path;
    // An answer now would be written into the middle of the answer to an earlier, pipelined request.
    if (this.#requests.isBusy(socket))
      throw refuse(socket, new HandshakeError('BAD_REQUEST', 'an upgrade was pipelined'));
    const target = path === undefined ? undefined : parseTarget(url ?? '');
    // `takeOver` refuses an invalid target with another status.
    if (target === undefined || target.path === path) return;
    throw refuse(socket, new HandshakeError('NOT_FOUND', 'Not found', { status: 404 }));
  }

  async #run(connection: Connection, request: IncomingMessage): Promise<void> {
    this.#connections.add(connection);
    connection.onStatus(Status.Closed, this.#onClosed);
    if (this.#draining.signal.aborted) {
      connection.close(1001);
      return;
    }
    try {
      await this.#onConnection(connection, request);
    } catch (error) {
      connection.close(1011, 'internal error');
      throw error;
    }
    // `begin` does nothing for a connection that was started or closed meanwhile.
    pooled(connection).begin();
  }

  #report(thrown: unknown, request?: IncomingMessage): void {
    const error = toError(thrown);
    // An error that `onError` throws is dropped, as there is nobody left to report it to.
    Promise.resolve()
      .then(() => this.#options.onError?.(error, request))
      .catch(() => {});
  }

  get #location(): { address: AddressInfo | string; url: string } {
    if (this.#listening === undefined) throw new ConfigError('the server does not listen yet');
    return this.#listening;
  }

  #whenEmpty(action: () => void): () => void {
    this.#onEmpty.add(action);
    this.#changed();
    return () => this.#onEmpty.delete(action);
  }

  async #until(isMet: () => boolean): Promise<void> {
    while (!isMet()) await new Promise<void>((resolve) => this.#onChange.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#onChange.splice(0)) resolve();
    if (this.#connections.size > 0) return;
    for (const action of [...this.#onEmpty]) {
      this.#onEmpty.delete(action);
      action();
    }
  }
}

function urlOf(address: AddressInfo | string, tls: TlsOptions | undefined, path = '/'): string {
  const scheme = tls === undefined ? 'ws' : 'wss';
  if (typeof address === 'string') return `${scheme}+unix:${address}:${path}`;
  return `${scheme}://${hostOf(address)}:${address.port}${path}`;
}

// An address that a client can dial: the wildcard address is replaced by the loopback address.
function hostOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
