import type { Server as HttpServer } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { throwIfAborted, whenAborted } from '../../application/abort.js';
import type { Connection } from '../../connection.js';
import type { DrainOptions } from '../../lifecycle/drain.js';
import { type CheckedOptions, checkOptions } from '../../options/checked-options.js';
import { FUNCTION, type OptionKinds, wrongOption } from '../../options/option-kinds.js';
import { settingsOf } from '../../options/settings.js';
import { ConfigError } from '../../protocol/contract/errors.js';
import { Endpoint } from './endpoint.js';
import { PATH, type PathOption } from './path.js';
import { type ConnectionHandler, type Server, type ServerErrorAction, urlOf } from './server.js';
import {
  type BareTakeOverOptions,
  commonOptionsOf,
  TAKE_OVER_KINDS,
  type TakeOverOptions,
} from './take-over-options.js';
import { UpgradeRouter } from './upgrade-router.js';

/** Options of {@link attach}. `signal` closes what is attached. */
export interface AttachOptions<Data = undefined> extends TakeOverOptions<Data> {
  /** The paths to answer: one, a RegExp, or a function that says true for those; every path by default. */
  path?: PathOption;
  /**
   * Called with a HandshakeError when an upgrade was refused or its client left, and with what `onConnection` threw or rejected
   * with (the connection is closed with 1011 then), or a handler of a connection without `onError`. An upgrade that nobody takes is
   * told to the first that was attached. By default `process.emitWarning` shows what the application's code throws, with its
   * stack, once for each place; so it does with an error that `onError` throws itself.
   */
  onError?: ServerErrorAction;
}

/** The options of {@link attach} that have no default. */
type Bare = BareTakeOverOptions | 'path' | 'onError';

type CheckedAttachOptions<Data> = CheckedOptions<AttachOptions<Data>, Bare>;

/** What each option may be, and its default. */
export const ATTACH_KINDS: OptionKinds<AttachOptions, Bare> = { ...TAKE_OVER_KINDS, path: PATH, onError: FUNCTION };

/**
 * Shares an HTTP server: takes its upgrades to WebSocket, and calls `onConnection` with every connection, as `serve` does. What
 * else comes to the server goes to its own listeners, as ever. It may listen already, or later.
 *
 * ```js
 * const server = createServer((request, response) => response.end('a page'));
 * attach(server, { path: '/chat' }, (ws) => {
 *   ws.onMessage(MessageType.Text, (message, adapter) => adapter.dispatch(1, message.text()));
 * });
 * server.listen(8080);
 * ```
 *
 * - Any number may be attached to one server. They are asked in the order in which they were attached, and the first whose `path`
 *   it is takes an upgrade: one without a `path` takes all that is left, and belongs last. One that is closing is asked last.
 * - An upgrade that is taken is hidden from other listeners for `upgrade`. One that nobody takes goes to them, and is answered
 *   with 404 when there are none, or when none has touched its socket for `timeout.handshake`.
 * - An upgrade to something other than WebSocket goes to the other listeners for `upgrade`, and is an ordinary request when there
 *   are none (RFC 9110 §7.8).
 * - `close` of what it returns ends the connections, and takes all listeners away; the server goes on. Close it before the
 *   server, which waits for its sockets.
 *
 * @throws ConfigError when an option is wrong, or `server` is no HTTP server, or one for HTTP/2 alone, whose clients cannot ask
 *   for an upgrade; the reason of a signal that has aborted.
 */
export function attach<Data = undefined>(
  server: HttpServer | HttpsServer | Http2SecureServer,
  options: AttachOptions<Data>,
  onConnection: ConnectionHandler<Data>,
): Server<NoInfer<Data>> {
  if (!isHttpServer(server)) {
    throw wrongOption('server', 'an http.Server, https.Server or http2.Http2SecureServer', server, serverOf(server));
  }
  if (isHttp2Only(server)) {
    const expected = 'http2.createSecureServer({ …, allowHTTP1: true })';
    throw new ConfigError(`server: ${expected} expected, got one that speaks HTTP/2 alone, which has no upgrades`);
  }
  const checked = checkOptions<AttachOptions<Data>, Bare>('options', options, ATTACH_KINDS);
  if (typeof onConnection !== 'function') throw wrongOption('onConnection', 'a function', onConnection);
  throwIfAborted(checked.signal);
  const { handshakeTimeout } = settingsOf(commonOptionsOf(checked));
  return new AttachedServer(server, checked, new Endpoint(checked, handshakeTimeout, onConnection));
}

/** The server behind `attach`: an endpoint at the HTTP server of somebody else. */
class AttachedServer<Data> implements Server<Data> {
  readonly #http: HttpServer | Http2SecureServer;
  readonly #options: CheckedAttachOptions<Data>;
  readonly #endpoint: Endpoint<Data>;
  readonly #router: UpgradeRouter;
  #forgetSignal = (): void => {};
  #closed: Promise<void> | undefined;

  constructor(server: HttpServer | Http2SecureServer, options: CheckedAttachOptions<Data>, endpoint: Endpoint<Data>) {
    this.#http = server;
    this.#options = options;
    this.#endpoint = endpoint;
    this.#router = UpgradeRouter.of(server);
    this.#router.add(this.#endpoint);
    this.#forgetSignal = whenAborted(options.signal, () => void this.close());
  }

  get connections(): ReadonlySet<Connection<Data>> {
    return this.#endpoint.connections;
  }

  get address(): AddressInfo | string {
    const address = this.#http.address();
    if (address === null) throw new ConfigError('the HTTP server does not listen: it has no address');
    return address;
  }

  get url(): string {
    return urlOf(this.address, 'setSecureContext' in this.#http, this.#options.path);
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
    // Until all has ended, upgrades are refused with 503 unless somebody else wants them.
    this.#router.defer(this.#endpoint);
    await this.#endpoint.close();
    this.#router.remove(this.#endpoint);
  }
}

// Where the server of a framework is that was given instead of it.
function serverOf(framework: unknown): string | undefined {
  try {
    const { server, listen, callback } = Object(framework) as Record<string, unknown>;
    if (isHttpServer(server)) return 'give its server: attach(app.server, …), as with Fastify';
    // Express makes a function, and Koa has one; a TCP server listens as well.
    if (typeof listen === 'function' && [framework, callback].some((one) => typeof one === 'function'))
      return 'give the server that listen returns: attach(app.listen(…), …), as with Express';
  } catch {}
  return undefined;
}

// Not by its class: a server may come from another realm, or be one of a framework's own. Servers of TCP and TLS have no
// `setTimeout`.
function isHttpServer(value: unknown): value is HttpServer {
  if (typeof value !== 'object' || value === null) return false;
  const { on, emit, address, setTimeout } = value as Record<string, unknown>;
  return [on, emit, address, setTimeout].every((method) => typeof method === 'function');
}

// A server of `node:http2` has the time for a head of HTTP/1 if it speaks that, too.
function isHttp2Only(server: object): boolean {
  const { updateSettings, headersTimeout } = server as Record<string, unknown>;
  return typeof updateSettings === 'function' && headersTimeout === undefined;
}
