import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { ConfigError } from '../protocol/errors.js';
import { http, httpsModule } from './built-ins.js';
import { guardTls } from './tls-callbacks.js';

/** Answers a request that is no upgrade. A promise that it returns is not waited for, but may reject. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

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
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // In an async function: a throw is a rejection too.
    (async () => onRequest(request, response))().catch((error: unknown) => {
      fail(response);
      onRequestError(error, request);
    });
  };
  if (tls === undefined) return http.createServer(limits, listener);
  try {
    return httpsModule().createServer({ handshakeTimeout, ...guardTls(tls), ...limits }, listener);
  } catch (error) {
    throw new ConfigError(`tls: ${(error as Error).message}`, { cause: error });
  }
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
