import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkRequest, HeaderMap, parseTarget, type RequestTarget } from '@webson/handshake';
import type { WebsonErrorCode } from '../../protocol/contract/error-code.js';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { after } from '../../time/clock.js';
import { http, isTls } from '../built-ins.js';
import { isAnswering, isInUse, isWebSocketUpgrade, mayBeTruncated, pipelinedError } from './incoming-request.js';
import { handBack, type UpgradeServer } from './ordinary-request.js';
import { refuse } from './refusal.js';
import { urlOfTarget } from './upgrade-request.js';

/** What all these servers have in common, and Node's types do not say. */
type Emitter = HttpServer & { shouldUpgradeCallback?: ((request: IncomingMessage) => boolean) | undefined };

type UpgradeArguments = [request: IncomingMessage, socket: Duplex, head: Uint8Array];

/** What takes upgrades: an endpoint. */
export interface UpgradeTaker {
  /** Milliseconds that an upgrade may take. */
  readonly handshakeTimeout: number;
  /**
   * Takes an upgrade if it is for one of its paths: answers it, now or later. Never throws.
   *
   * @param target undefined when that of the request is not valid; who answers every path refuses it.
   * @param urlOf the URL of the request; undefined when its target or its `Host` is not valid.
   */
  take(
    request: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
    target: RequestTarget | undefined,
    urlOf: () => URL | undefined,
  ): boolean;
  /** Answers an upgrade with an error, and reports that. Never throws. */
  refuse(
    request: IncomingMessage,
    socket: Duplex,
    error: HandshakeError,
    headers?: Readonly<Record<string, string>>,
  ): void;
}

const routers = new WeakMap<UpgradeServer, UpgradeRouter>();

/**
 * Shares out the upgrades of one HTTP server among its endpoints.
 *
 * Invariants:
 * - The first endpoint whose path it is takes an upgrade; endpoints that are closing come last.
 * - An upgrade that is taken is seen by no other listener, of which many refuse, or destroy, what they do not know.
 * - An upgrade that no endpoint takes is left to the other listeners for `upgrade`, and answered here if there are none.
 * - Without endpoints the HTTP server is as it was before.
 */
export class UpgradeRouter {
  readonly #server: Emitter;
  readonly #endpoints: UpgradeTaker[] = [];
  readonly #closing: UpgradeTaker[] = [];
  // The requests that the endpoints have been asked about, and how many bytes had been written to their sockets then.
  readonly #known = new WeakMap<IncomingMessage, number>();
  #restore = (): void => {};
  readonly #onUpgrade = (...args: UpgradeArguments): void => {
    if (!this.#known.has(args[0]) && this.#offer(...args)) return;
    this.#leave(...args);
  };

  constructor(server: UpgradeServer) {
    this.#server = server as Emitter;
  }

  /** The router of an HTTP server. */
  static of(server: UpgradeServer): UpgradeRouter {
    let router = routers.get(server);
    if (router === undefined) {
      router = new UpgradeRouter(server);
      routers.set(server, router);
    }
    return router;
  }

  add(endpoint: UpgradeTaker): void {
    const isFirst = !this.#hasEndpoints;
    this.#endpoints.push(endpoint);
    if (isFirst) this.#listen();
  }

  /** Lets all other endpoints go first, those that come later, too. */
  defer(endpoint: UpgradeTaker): void {
    if (removeFrom(this.#endpoints, endpoint)) this.#closing.push(endpoint);
  }

  remove(endpoint: UpgradeTaker): void {
    const isRemoved = removeFrom(this.#endpoints, endpoint) || removeFrom(this.#closing, endpoint);
    if (!isRemoved || this.#hasEndpoints) return;
    this.#server.off('upgrade', this.#onUpgrade);
    this.#restore();
  }

  #listen(): void {
    // The event is only emitted when there is a listener for it.
    this.#server.on('upgrade', this.#onUpgrade);
    const restoreEmit = this.#intercept();
    const restoreCallback = this.#ignoreOthers();
    this.#restore = () => {
      restoreEmit();
      restoreCallback();
    };
  }

  // Node has no way for a listener to keep an event from the others.
  #intercept(): () => void {
    const server = this.#server;
    const router = this;
    const { emit } = server;
    const isOwn = Object.hasOwn(server, 'emit');
    let isWanted = true;
    function emitUnlessTaken(this: HttpServer, ...args: unknown[]): boolean {
      if (isWanted && args[0] === 'upgrade' && router.#offer(...(args.slice(1) as UpgradeArguments))) return true;
      return Reflect.apply(emit, this, args);
    }
    server.emit = emitUnlessTaken as typeof server.emit;
    return () => {
      // Somebody may have put a function of his own on top of this one, which then does nothing but stays.
      isWanted = false;
      if (server.emit !== emitUnlessTaken) return;
      if (isOwn) server.emit = emit;
      else Reflect.deleteProperty(server, 'emit');
    };
  }

  // An upgrade to another protocol is an ordinary request (RFC 9110 §7.8), unless there are other listeners for it. Node asks
  // this callback from 22.21 and 24.9 on. One of the owner's own is left in its place.
  #ignoreOthers(): () => void {
    const server = this.#server;
    const usual = (http.createServer() as Emitter).shouldUpgradeCallback;
    const before = server.shouldUpgradeCallback;
    if (usual === undefined || (before !== undefined && sourceOf(before) !== sourceOf(usual))) return () => {};
    const shouldUpgrade = (request: IncomingMessage): boolean =>
      this.#hasOtherListeners || (this.#hasEndpoints && isWebSocketUpgrade(request));
    server.shouldUpgradeCallback = shouldUpgrade;
    return () => {
      // Node 22 calls the callback of an HTTP/2 server, too, which has none: that would end the process.
      if (server.shouldUpgradeCallback === shouldUpgrade) server.shouldUpgradeCallback = before ?? usual;
    };
  }

  get #hasEndpoints(): boolean {
    return this.#endpoints.length + this.#closing.length > 0;
  }

  get #all(): readonly UpgradeTaker[] {
    return [...this.#endpoints, ...this.#closing];
  }

  get #hasOtherListeners(): boolean {
    return this.#server.listeners('upgrade').some((listener) => listener !== this.#onUpgrade);
  }

  #offer(request: IncomingMessage, socket: Duplex, head: Uint8Array): boolean {
    if (!this.#hasEndpoints) return false;
    this.#known.set(request, bytesWritten(socket));
    if (!isWebSocketUpgrade(request)) return false;
    const target = parseTarget(request.url ?? '');
    const urlOf = (): URL | undefined => urlOfRequest(request, target, socket);
    return this.#all.some((endpoint) => endpoint.take(request, socket, head, target, urlOf));
  }

  #leave(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    // An error of a socket that nobody has taken yet would end the process.
    socket.on('error', () => {});
    if (this.#hasOtherListeners) this.#watch(request, socket);
    else if (isAnswering(request)) this.#refuse(request, socket, pipelinedError());
    else if (mayBeTruncated(request)) this.#refuse(request, socket, refusal(request, 'Too many header fields', 431));
    else if (isWebSocketUpgrade(request) || !handBack(this.#server, request, socket, head)) {
      this.#refuse(request, socket, ...reasonFor(request, socket));
    }
  }

  // Many listeners ignore what is not for them, and each leaves it to the others: then the client would wait for ever.
  #watch(request: IncomingMessage, socket: Duplex): void {
    const before = this.#known.get(request);
    const timer = after(Math.max(...this.#all.map(({ handshakeTimeout }) => handshakeTimeout)), () => {
      socket.off('close', onClose);
      if (socket.destroyed || isInUse(socket) || bytesWritten(socket) !== before) return;
      this.#refuse(request, socket, ...reasonFor(request, socket));
    });
    const onClose = (): void => timer.cancel();
    socket.once('close', onClose);
  }

  // The first endpoint stands for all of them.
  #refuse(
    request: IncomingMessage,
    socket: Duplex,
    error: HandshakeError,
    headers?: Readonly<Record<string, string>>,
  ): void {
    const [first] = this.#all;
    if (first === undefined) refuse(socket, error, headers);
    else first.refuse(request, socket, error, headers);
  }
}

// Node has the same function in several places, indented differently.
function sourceOf(action: unknown): string {
  return String(action).replaceAll(/\s+/g, ' ');
}

function bytesWritten(socket: Duplex): number {
  return (socket as Partial<Socket>).bytesWritten ?? 0;
}

function removeFrom(list: UpgradeTaker[], endpoint: UpgradeTaker): boolean {
  const index = list.indexOf(endpoint);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

// A request that is no handshake is not refused because of its path.
function reasonFor(
  request: IncomingMessage,
  socket: Duplex,
): [error: HandshakeError, headers?: Readonly<Record<string, string>>] {
  const { method = '', url: target = '', httpVersion: version } = request;
  const headers = HeaderMap.fromRaw(request.rawHeaders);
  const offer = checkRequest({ method, target, version, headers });
  if (!offer.ok) return [refusal(request, offer.reason, offer.status, 'BAD_REQUEST'), offer.headers];
  if (urlOfRequest(request, parseTarget(target), socket) === undefined) {
    return [refusal(request, 'The Host header must be a host', 400, 'BAD_REQUEST')];
  }
  return [refusal(request, 'Not found', 404, 'NOT_FOUND')];
}

function urlOfRequest(request: IncomingMessage, target: RequestTarget | undefined, socket: Duplex): URL | undefined {
  return target && urlOfTarget(target, request.headers.host ?? '', isTls(socket));
}

function refusal(
  request: IncomingMessage,
  message: string,
  status: number,
  code: WebsonErrorCode = 'HEAD_TOO_LARGE',
): HandshakeError {
  return new HandshakeError(code, message, { status, headers: HeaderMap.fromRaw(request.rawHeaders) });
}
