import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { checkRequest, HeaderMap, hasToken } from '@webson/handshake';
import { ConfigError, WebsonError } from '../../protocol/contract/errors.js';
import { http, httpsModule } from '../built-ins.js';
import { guardTls } from '../tls-callbacks.js';

/** Answers a request that is no upgrade. A promise that it returns is not waited for, but may reject. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Header fields of a request, at most. */
const MAX_FIELDS = 1000;

/** Requests of one connection that may be without their answer: Node notes down as many as are pipelined. */
const MAX_UNANSWERED = 256;

/** How an HTTP server for upgrades behaves. */
export interface HttpServerOptions {
  /** Key and certificate; without them it is plain HTTP. */
  tls: TlsOptions | undefined;
  /** Milliseconds that a client has for a TLS handshake, and then for the head of a request. */
  handshakeTimeout: number;
  /** By default 426 is the answer. */
  onRequest: RequestHandler | undefined;
  /** Called with what `onRequest` throws or rejects with; the request is answered with 500 if it can be. */
  onRequestError: (error: unknown, request: IncomingMessage) => void;
}

/**
 * An HTTP server that cuts slow clients off, and survives what the handler of requests does. It does not listen yet.
 *
 * @throws ConfigError when Node cannot take the TLS options.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { tls, handshakeTimeout, onRequest = refuseRequest, onRequestError } = options;
  const limits = {
    headersTimeout: handshakeTimeout,
    // For requests with a body, which are onRequest's; Node wants it not to be below the one above.
    requestTimeout: Math.max(300_000, handshakeTimeout),
    // How often Node looks for those that are late.
    connectionsCheckingInterval: Math.min(Math.max(Math.ceil(handshakeTimeout / 4), 50), 30_000),
    maxHeaderSize: 16 * 1024,
    // The first is what Node 22.21 and 24.9 have for it; those before look at the request.
    shouldUpgradeCallback: isForUs,
    IncomingMessage: requestClass(),
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // Of a connection that was cut off Node goes on to tell what was read with the last of its requests.
    if (request.socket.destroyed) return;
    // Node loses what came together with a request that wants an upgrade: there must not be answers to what follows.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    // In an async function: a throw is a rejection too.
    (async () => onRequest(request, response))().catch((error: unknown) => {
      fail(response);
      onRequestError(error, request);
    });
  };
  const server = createFor(tls);
  // One more than is taken: a request that has as many is refused by `takeOver`.
  server.maxHeadersCount = MAX_FIELDS + 1;
  return server;

  function createFor(tlsOptions: TlsOptions | undefined): HttpServer {
    if (tlsOptions === undefined) return http.createServer(limits, listener);
    try {
      return httpsModule().createServer({ handshakeTimeout, ...guardTls(tlsOptions), ...limits }, listener);
    } catch (error) {
      throw new ConfigError(`tls: ${(error as Error).message}`, { cause: error });
    }
  }
}

/**
 * True for a request that asks for a WebSocket. An upgrade to anything else may be ignored (RFC 9110 §7.8): the request is an
 * ordinary one then, with its body. So is one that lists WebSocket among others, unless a handshake can come of it.
 */
function isForUs(request: IncomingMessage): boolean {
  if (asksForNothingElse(request.rawHeaders)) return true;
  const headers = HeaderMap.fromRaw(request.rawHeaders);
  const upgrade = headers.get('upgrade') ?? '';
  if (!hasToken(upgrade, 'websocket')) return false;
  if (upgrade.toLowerCase() === 'websocket') return true;
  const { method = '', url: target = '', httpVersion: version } = request;
  return checkRequest({ method, target, version, headers }).ok;
}

// As nearly all do: to look for that alone takes a tenth of the time.
function asksForNothingElse(rawHeaders: readonly string[]): boolean {
  let found = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== UPGRADE_FIELD.length || name.toLowerCase() !== UPGRADE_FIELD) continue;
    if (found || rawHeaders[i + 1]!.toLowerCase() !== 'websocket') return false;
    found = true;
  }
  return found;
}

const UPGRADE_FIELD = 'upgrade';

/** Whether Node takes the request for an upgrade. */
const UPGRADE = Symbol('upgrade');

/** Requests that Node is told not to take for upgrades when they are none for us. */
function requestClass(): typeof IncomingMessage {
  return class extends http.IncomingMessage {
    declare [UPGRADE]: boolean | null;

    get upgrade(): boolean | null {
      return this[UPGRADE] && this.method !== 'CONNECT' ? isForUs(this) : this[UPGRADE];
    }

    set upgrade(value: boolean | null) {
      this[UPGRADE] = value;
    }
  };
}

/** What there is of the plain requests of one connection. */
interface Requests {
  /** Answers that are not written completely. */
  readonly answers: Set<ServerResponse>;
  /** How many more may come before it can be that too many have not been answered at all. */
  left: number;
}

/**
 * Knows which sockets have plain requests that are not answered completely: pipelined ones are worked on together. One with
 * more than {@link MAX_UNANSWERED} is destroyed: an answer that says why would have to wait for the others. (Of answers that
 * were given Node keeps few: then it reads no more.)
 */
export class RequestTracker {
  readonly #requests = new WeakMap<Duplex, Requests>();
  readonly #onFlood: (error: WebsonError, request: IncomingMessage) => void;

  /** @param onFlood called with the request that was one too many; its socket is destroyed. */
  constructor(server: HttpServer, onFlood: (error: WebsonError, request: IncomingMessage) => void) {
    this.#onFlood = onFlood;
    server.prependListener('request', (request, response) => this.#add(request, response));
  }

  /** True when an answer may still be written to the socket. */
  isBusy(socket: Duplex): boolean {
    return (this.#requests.get(socket)?.answers.size ?? 0) > 0;
  }

  #add(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (socket.destroyed) return;
    let requests = this.#requests.get(socket);
    if (requests === undefined) {
      requests = { answers: new Set(), left: MAX_UNANSWERED };
      this.#requests.set(socket, requests);
    }
    const { answers } = requests;
    answers.add(response);
    response.once('close', () => answers.delete(response));
    if (--requests.left >= 0) return;
    const unanswered = [...answers].filter(({ writableEnded }) => !writableEnded).length;
    requests.left = MAX_UNANSWERED - unanswered;
    if (unanswered <= MAX_UNANSWERED) return;
    socket.destroy();
    const error = new WebsonError(
      'TOO_MANY_REQUESTS',
      `more than ${MAX_UNANSWERED} requests of a client wait for answers`,
    );
    this.#onFlood(error, request);
  }
}

const refuseRequest: RequestHandler = (_request, response) => {
  const headers = { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Content-Type': 'text/plain' };
  response.writeHead(426, headers).end('Upgrade required\n');
};

function fail(response: ServerResponse): void {
  try {
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { Connection: 'close', 'Content-Type': 'text/plain' }).end('Internal error\n');
  } catch {
    // The handler has made of it what no answer can be written to.
    response.socket?.destroy();
  }
}
