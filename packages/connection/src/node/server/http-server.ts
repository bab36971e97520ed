import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { WebsonError } from '../../protocol/contract/errors.js';
import { http, httpsModule } from '../built-ins.js';
import { guardTls } from '../tls-callbacks.js';
import { wrongTls } from '../wrong-tls.js';
import { isWebSocketUpgrade } from './incoming-request.js';

/** Answers a request that is no upgrade. A promise that it returns is not awaited, but may reject. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Most header fields of a request. */
const MAX_FIELDS = 1000;

/** Most requests of one connection without an answer: Node itself accepts any number of pipelined requests. */
const MAX_UNANSWERED = 256;

/** Options of the HTTP server that takes the upgrades. */
export interface HttpServerOptions {
  /** Key and certificate; undefined for plain HTTP. */
  tls: TlsOptions | undefined;
  /** Milliseconds that a client has for a TLS handshake, and then for the head of a request. */
  handshakeTimeout: number;
  /** Answers requests that are no upgrade; by default the answer is 426. */
  onRequest: RequestHandler | undefined;
  /** Called with what `onRequest` throws or rejects with; the request is answered with 500 if it can be. */
  onRequestError: (error: unknown, request: IncomingMessage) => void;
}

/**
 * Creates an HTTP server, which does not listen yet. It cuts off slow clients, and an error of the request handler does not end
 * the process.
 *
 * @throws ConfigError when Node cannot take the TLS options.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { tls, handshakeTimeout, onRequest = refuseRequest, onRequestError } = options;
  const limits = {
    headersTimeout: handshakeTimeout,
    // The time for a whole request with its body, which concerns `onRequest` only. Node requires at least `headersTimeout`.
    requestTimeout: Math.max(300_000, handshakeTimeout),
    // Milliseconds between two checks of Node for clients that exceed these times.
    connectionsCheckingInterval: Math.min(Math.max(Math.ceil(handshakeTimeout / 4), 50), 30_000),
    maxHeaderSize: 16 * 1024,
    // Node calls the callback from 22.21 and 24.9 on; older versions read the property `upgrade` of the request.
    shouldUpgradeCallback: isWebSocketUpgrade,
    IncomingMessage: requestClass(),
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // Node still emits the requests that it had read when their connection was destroyed.
    if (request.socket.destroyed) return;
    // Node loses bytes that arrive together with an ignored upgrade, so later requests on this connection are not answered.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    // The async function turns an exception into a rejection.
    (async () => onRequest(request, response))().catch((error: unknown) => {
      fail(response);
      onRequestError(error, request);
    });
  };
  const server = createFor(tls);
  // One more than the limit, so that `takeOver` can refuse a request which reaches it.
  server.maxHeadersCount = MAX_FIELDS + 1;
  return server;

  function createFor(tlsOptions: TlsOptions | undefined): HttpServer {
    if (tlsOptions === undefined) return http.createServer(limits, listener);
    try {
      return httpsModule().createServer({ handshakeTimeout, ...guardTls(tlsOptions), ...limits }, listener);
    } catch (error) {
      throw wrongTls(tlsOptions, error);
    }
  }
}

/** Where a request keeps what Node has set its property `upgrade` to. */
const UPGRADE = Symbol('upgrade');

/** The class of requests whose property `upgrade` is true for WebSocket upgrades only, which older versions of Node read. */
function requestClass(): typeof IncomingMessage {
  return class extends http.IncomingMessage {
    declare [UPGRADE]: boolean | null;

    get upgrade(): boolean | null {
      return this[UPGRADE] && this.method !== 'CONNECT' ? isWebSocketUpgrade(this) : this[UPGRADE];
    }

    set upgrade(value: boolean | null) {
      this[UPGRADE] = value;
    }
  };
}

/** The ordinary requests of one connection. */
interface Requests {
  /** The answers that are not written completely. */
  readonly answers: Set<ServerResponse>;
  /** Number of requests until the unanswered ones have to be counted again; before, they cannot be too many. */
  untilCount: number;
}

/**
 * Bounds the ordinary requests of each socket that are not answered completely, as pipelined requests run at the same time.
 *
 * A socket with more than {@link MAX_UNANSWERED} of them is destroyed without an answer, which would have to wait for the
 * others. Finished answers need no limit: Node stops reading when too many of them wait to be written.
 *
 * @param onFlood called with the request that exceeded the limit; its socket is destroyed.
 */
export function limitRequests(
  server: HttpServer,
  onFlood: (error: WebsonError, request: IncomingMessage) => void,
): void {
  const bySocket = new WeakMap<Duplex, Requests>();
  server.prependListener('request', (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    let requests = bySocket.get(socket);
    if (requests === undefined) {
      requests = { answers: new Set(), untilCount: MAX_UNANSWERED };
      bySocket.set(socket, requests);
    }
    const { answers } = requests;
    answers.add(response);
    response.once('close', () => answers.delete(response));
    if (--requests.untilCount >= 0) return;
    const unanswered = [...answers].filter(({ writableEnded }) => !writableEnded).length;
    requests.untilCount = MAX_UNANSWERED - unanswered;
    if (unanswered <= MAX_UNANSWERED) return;
    socket.destroy();
    const error = new WebsonError(
      'TOO_MANY_REQUESTS',
      `more than ${MAX_UNANSWERED} requests of a client wait for answers`,
    );
    onFlood(error, request);
  });
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
    // The handler has left the response in a state in which no answer can be written.
    response.socket?.destroy();
  }
}
