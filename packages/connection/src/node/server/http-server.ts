import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { checkRequest, HeaderMap, hasToken } from '@webson/handshake';
import { ConfigError } from '../../protocol/contract/errors.js';
import { http, httpsModule } from '../built-ins.js';
import { guardTls } from '../tls-callbacks.js';

/** Answers a request that is no upgrade. A promise that it returns is not waited for, but may reject. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Header fields of a request, at most. */
const MAX_FIELDS = 1000;

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

/** Knows which sockets have plain requests that are not answered completely: pipelined ones are worked on together. */
export class RequestTracker {
  readonly #counts = new WeakMap<Duplex, number>();

  constructor(server: HttpServer) {
    server.prependListener('request', ({ socket }, response) => {
      this.#counts.set(socket, this.#count(socket) + 1);
      response.once('close', () => this.#counts.set(socket, this.#count(socket) - 1));
    });
  }

  /** True when an answer may still be written to the socket. */
  isBusy(socket: Duplex): boolean {
    return this.#count(socket) > 0;
  }

  #count(socket: Duplex): number {
    return this.#counts.get(socket) ?? 0;
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
