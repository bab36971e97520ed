import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { throwIfAborted, whenAborted } from '../../application/abort.js';
import type { Connection } from '../../connection.js';
import type { DrainOptions } from '../../lifecycle/drain.js';
import { type CheckedOptions, checkOptions } from '../../options/checked-options.js';
import {
  type DefaultedKind,
  FUNCTION,
  isRecord,
  type OptionKind,
  type OptionKinds,
  TEXT,
  wrongOption,
} from '../../options/option-kinds.js';
import { settingsOf } from '../../options/settings.js';
import { ConfigError } from '../../protocol/contract/errors.js';
import { extensionsOf } from '../extensions.js';
import { cannotListen } from './cannot-listen.js';
import { Endpoint } from './endpoint.js';
import { createHttpServer, limitRequests, type RequestHandler } from './http-server.js';
import { PATH, type PathOption } from './path.js';
import { type ConnectionHandler, type Server, type ServerErrorAction, urlOf } from './server.js';
import {
  type BareTakeOverOptions,
  commonOptionsOf,
  TAKE_OVER_KINDS,
  type TakeOverOptions,
} from './take-over-options.js';
import { UpgradeRouter } from './upgrade-router.js';

/** Options of {@link serve}. `signal` closes the server. */
export interface ServeOptions<Data = undefined> extends TakeOverOptions<Data> {
  /** Port to listen on, also as text; 0, the default, for any that is free. */
  port?: number | string;
  /** Address to listen on, without a port; all by default, as `node:net` does. */
  host?: string;
  /** Path of a unix socket to listen on, in place of a port. */
  socketPath?: string;
  /**
   * The paths to answer: one, a RegExp, or a function that says true for those. They are compared after normalisation, and without
   * the query; others are refused with 404. Every path by default.
   */
  path?: PathOption;
  /** Key and certificate to serve `wss:` with. */
  tls?: TlsOptions;
  /**
   * Answers requests that are not upgrades; by default they get 426, and 500 when it throws or rejects. A client that has more
   * than 256 requests on one connection that are not answered is cut off.
   */
  onRequest?: RequestHandler;
  /**
   * Called with a HandshakeError when an upgrade was refused or its client left; with what a handler of a connection without
   * `onError` threw or rejected with (the connection is closed with 1011); with what `onConnection` (the same) or `onRequest`
   * threw or rejected with; with a WebsonError `TOO_MANY_REQUESTS` when a client was cut off for that; and, about no request, with
   * an error of the listening socket. By default `process.emitWarning` shows what the application's code throws, with its stack,
   * once for each place; so it does with an error that `onError` throws itself.
   */
  onError?: ServerErrorAction;
}

const PORT: DefaultedKind = {
  expected: 'an integer from 0 to 65535',
  accepts: (value) => {
    const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535;
  },
  default: 0,
};

// A host with a port in it is looked up as a name, which there is not. Only an IPv6 address has colons.
const HOST: OptionKind = {
  expected: "a name or an address without a port, such as 'localhost' or '::1',",
  accepts: (value) => TEXT.accepts(value) && /^[^[\]:/]+$|^[^[\]:/]*:[^[\]:/]*:[^[\]/]*$/.test(value as string),
};

// Every handshake would fail without a certificate, as without a key for it.
const SERVER_TLS: OptionKind = {
  expected: 'an object with key and cert, pfx, or SNICallback',
  accepts: (value) => isRecord(value) && hasCertificate(value),
  // In its place somebody may give the key itself.
  isSecret: true,
};

function hasCertificate({ key, cert, pfx, SNICallback, pskCallback }: TlsOptions): boolean {
  const isGiven = (one: unknown): boolean => one !== undefined && one !== null;
  return (isGiven(key) && isGiven(cert)) || [pfx, SNICallback, pskCallback].some(isGiven);
}

/** The options of {@link serve} that have no default. */
type Bare = BareTakeOverOptions | 'host' | 'socketPath' | 'path' | 'tls' | 'onRequest' | 'onError';

type CheckedServeOptions<Data> = CheckedOptions<ServeOptions<Data>, Bare>;

/** What each option may be, and its default. */
export const SERVE_KINDS: OptionKinds<ServeOptions, Bare> = {
  ...TAKE_OVER_KINDS,
  port: PORT,
  host: HOST,
  socketPath: TEXT,
  path: PATH,
  tls: SERVER_TLS,
  onRequest: FUNCTION,
  onError: FUNCTION,
};

/**
 * The short way to a server: listens, answers upgrades, and calls `onConnection` with every connection. When that
 * returns, or what it returns resolves, the connection is started, unless it was already.
 *
 * Rejects with ConfigError when an option is wrong, with WebsonError `LOAD_FAILED` when the code that one needs cannot be
 * loaded, with an Error that has the `code` of the system, `EADDRINUSE` for example, and its error as `cause`, when it cannot listen.
 */
export async function serve<Data = undefined>(
  options: ServeOptions<Data>,
  onConnection: ConnectionHandler<Data>,
): Promise<Server<NoInfer<Data>>> {
  // Options are checked here so that the caller learns of a wrong one, and not only the first client.
  const checked = checkOptions<ServeOptions<Data>, Bare>('options', options, SERVE_KINDS);
  const common = commonOptionsOf(checked);
  const settings = settingsOf(common);
  if (checked.socketPath !== undefined && options.port !== undefined) {
    throw new ConfigError(`socketPath: no port beside it expected, got port ${checked.port}`);
  }
  if (typeof onConnection !== 'function') throw wrongOption('onConnection', 'a function', onConnection);
  await extensionsOf(common, settings, 'server');
  const { signal } = checked;
  throwIfAborted(signal);
  const server = new OwnServer(checked, settings.handshakeTimeout, onConnection);
  await server.listen();
  if (signal?.aborted === true) {
    await server.close();
    throwIfAborted(signal);
  }
  return server;
}

/**
 * The server behind `serve`: an HTTP server with one endpoint.
 *
 * Every socket is in `#sockets` from its connection until it is closed, so `close` leaves none behind.
 */
class OwnServer<Data> implements Server<Data> {
  readonly #options: CheckedServeOptions<Data>;
  readonly #http: HttpServer;
  readonly #endpoint: Endpoint<Data>;
  // Every open socket, whether it became a connection or not.
  readonly #sockets = new Set<Duplex>();
  #forgetSignal = (): void => {};
  #listening!: { address: AddressInfo | string; url: string };
  #closed: Promise<void> | undefined;

  constructor(options: CheckedServeOptions<Data>, handshakeTimeout: number, onConnection: ConnectionHandler<Data>) {
    this.#options = options;
    const { tls, onRequest } = options;
    const http = createHttpServer({
      tls,
      handshakeTimeout,
      onRequest,
      onRequestError: (error, request) => this.#endpoint.report(error, { request }),
    });
    this.#http = http;
    limitRequests(http, (error, request) => this.#endpoint.report(error, { request }));
    this.#endpoint = new Endpoint(options, handshakeTimeout, onConnection);
    const sockets = this.#sockets;
    // One function for all sockets, as there may be very many.
    function onClose(this: Duplex): void {
      sockets.delete(this);
    }
    http.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', onClose);
    });
    UpgradeRouter.of(http).add(this.#endpoint);
  }

  async listen(): Promise<void> {
    const { host, socketPath, signal } = this.#options;
    const port = Number(this.#options.port ?? 0);
    try {
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
    } catch (cause) {
      // The stack of the system's error begins in the run-time; that of one made here leads to who has called `serve`.
      throw cannotListen(socketPath === undefined ? { port, host } : { socketPath }, cause as Error);
    }
    this.#http.on('error', (error) => this.#endpoint.report(error, {}));
    const address = this.#http.address() as AddressInfo | string;
    const url = urlOf(address, this.#options.tls !== undefined, this.#options.path);
    this.#listening = { address, url };
    this.#forgetSignal = whenAborted(signal, () => void this.close());
  }

  get connections(): ReadonlySet<Connection<Data>> {
    return this.#endpoint.connections;
  }

  get address(): AddressInfo | string {
    return this.#listening.address;
  }

  get url(): string {
    return this.#listening.url;
  }

  drain(options?: DrainOptions): Promise<void> {
    return this.#endpoint.drain(options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#forgetSignal();
    const stopped = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    await this.#endpoint.close();
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }
}
