import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Rsv } from '@webson/frame';
import {
  type Agreement,
  answerExtensions,
  buildResponse,
  checkRequest,
  HandshakeFailure,
  HeaderMap,
  isHostAllowed,
  isOriginAllowed,
  type Negotiated,
  type RequestOffer,
  selectProtocol,
} from '@webson/handshake';
import { abortReason } from '../../application/abort.js';
import { isThenable } from '../../application/thenable.js';
import { isA } from '../../application/thrown.js';
import { Connection } from '../../connection.js';
import { withinInner } from '../../inner/sub-protocol.js';
import { checkOptions } from '../../options/checked-options.js';
import {
  type CheckedConnectionOptions,
  CONNECTION_KINDS,
  type ConnectionOptions,
  protocolsOf,
  type Settings,
  settingsOf,
} from '../../options/options.js';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { Attempt } from '../../time/attempt.js';
import { isTls } from '../built-ins.js';
import { type Extensions, extensionsOf } from '../extensions.js';
import { nodePlatform } from '../socket/platform.js';
import { SocketTransport } from '../socket/transport.js';
import { openInner, selectInner } from './inner-connection.js';
import { refuse } from './refusal.js';

/**
 * Answers a client's upgrade request and makes a connection of its socket (RFC 6455 §4.2), which has to be started then. It is
 * meant for the `upgrade` event of an HTTP server of one's own, and has to be called in the turn of the event: before that
 * nobody listens to errors of the socket, which would end the process.
 *
 * ```js
 * server.on('upgrade', (request, socket, head) => {
 *   takeOver(request, socket, head).then(
 *     (ws) => ws.onMessage(MessageType.Text, handle).start(),
 *     (error) => console.warn(error.message), // The client has had its answer.
 *   );
 * });
 * ```
 *
 * A rejection of the returned promise that nobody handles does not end the process. A rejection of a promise derived from it
 * does: an async listener that awaits it needs a `catch`.
 *
 * A request that is no valid handshake (400, 405, 426), comes from an origin that is not allowed (403), asks for a host that
 * is not among `hosts` (421), has more header fields than Node looked at (431: as many as the server's `maxHeadersCount`), or
 * fails `headerVerify` (401; 408 when that takes longer than `timeout.handshake`; 500 when it throws) is answered with its
 * status, the socket closed, and the promise rejected with HandshakeError; so it is with 503 when `signal` aborts.
 * Rejects with HandshakeError `DISCONNECTED` when the client leaves, and with `ALREADY_TAKEN`, nothing done to the socket,
 * when that was taken over before, is read by somebody else, or was ended by this side. Rejects with ConfigError when an
 * option is wrong, and with WebsonError `LOAD_FAILED` when the code that an option needs cannot be loaded; the client is
 * answered with 500 then.
 *
 * @param head bytes that came after the request.
 */
export function takeOver(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: ConnectionOptions = {},
): Promise<Connection> {
  const taking = answer(request, socket, head, options);
  // A request of one client must not end the process because the application does not handle the rejection.
  taking.catch(() => {});
  return taking;
}

async function answer(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: ConnectionOptions,
): Promise<Connection> {
  if (isInUse(socket)) throw new HandshakeError('ALREADY_TAKEN', 'the socket is in use: who has it answers the client');
  // The transport listens to the socket from here on, so that no error ends the process and no event is missed.
  const transport = new SocketTransport(socket, head, { direct: isDirect(options) });
  try {
    const preparation = prepared.get(options) ?? prepare(checkOptions('options', options, CONNECTION_KINDS));
    const preparedFor = isThenable(preparation) ? await preparation : preparation;
    const takeover = new Takeover(request, socket, HeaderMap.fromRaw(request.rawHeaders), preparedFor);
    const offer = takeover.check();
    await takeover.verify(offer);
    return takeover.accept(offer, transport);
  } catch (error) {
    if (!isA(error, HandshakeError)) {
      refuse(socket, new HandshakeError('FAILED', 'Internal error', { status: 500 }));
    }
    throw error;
  }
}

// What is wrong with the options is said later, when the transport is there.
function isDirect(options: ConnectionOptions): boolean {
  try {
    return options.directSockets !== false;
  } catch {
    return false;
  }
}

// On a socket in use, a second answer would be written between the frames, and two readers would share the incoming bytes.
function isInUse(socket: Duplex): boolean {
  if (SocketTransport.isOn(socket)) return true;
  if (socket.destroyed) return false;
  return socket.writableEnded || socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0;
}

/** Node's own default of `maxHeadersCount`. */
const DEFAULT_MAX_HEADERS_COUNT = 1000;

/**
 * True when the request may have had more header fields than `rawHeaders` has: Node silently drops the fields after
 * `maxHeadersCount`, or a few more.
 */
function mayBeTruncated({ rawHeaders, socket }: IncomingMessage): boolean {
  const { server } = socket as { server?: { maxHeadersCount?: number | null } };
  // `rawHeaders` holds names and values, so the limit is doubled, as Node does; 0 means no limit.
  const limit = (server?.maxHeadersCount ?? DEFAULT_MAX_HEADERS_COUNT) << 1;
  return limit > 0 && rawHeaders.length >= limit;
}

/** Neither a sub-protocol nor an extension: shared by all such connections, which are most. */
const NOTHING_NEGOTIATED: Negotiated = { protocol: '', extensions: [] };

/** What is derived from the options, the same for all clients. */
interface Prepared {
  readonly options: CheckedConnectionOptions;
  readonly settings: Settings;
  readonly extensions: Extensions;
}

const prepared = new WeakMap<ConnectionOptions, Prepared | Promise<Prepared>>();

// Returns a promise only when code has to be loaded first. Otherwise the request is answered in the turn in which it came.
function prepare(options: CheckedConnectionOptions): Prepared | Promise<Prepared> {
  const settings = settingsOf(options);
  const extensions = extensionsOf(options, settings, 'server');
  if (isThenable(extensions)) return extensions.then((loaded) => ({ options, settings, extensions: loaded }));
  return { options, settings, extensions };
}

/**
 * Takes options that were checked as they are, once for all calls of `takeOver` with this very object.
 *
 * @throws ConfigError when an option of an extension is wrong.
 */
export function prepareOptions(options: CheckedConnectionOptions): void {
  prepared.set(options, prepare(options));
}

/** One upgrade request that is being answered (RFC 6455 §4.2). Each failing check refuses it with its status. */
class Takeover {
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #headers: HeaderMap;
  readonly #options: CheckedConnectionOptions;
  readonly #settings: Settings;
  readonly #extensions: Extensions;

  constructor(
    request: IncomingMessage,
    socket: Duplex,
    headers: HeaderMap,
    { options, settings, extensions }: Prepared,
  ) {
    this.#request = request;
    this.#socket = socket;
    this.#headers = headers;
    this.#options = options;
    this.#settings = settings;
    this.#extensions = extensions;
  }

  /** Checks the request against the RFC and the options, and returns its offer. @throws HandshakeError, having refused it. */
  check(): RequestOffer {
    const { method = '', url: target = '', httpVersion: version } = this.#request;
    this.#checkStillConnected();
    if (this.#options.signal?.aborted === true) throw this.#refuse(this.#goingAway());
    // Fields that Node has dropped cannot be checked.
    if (mayBeTruncated(this.#request)) throw this.#refuse(this.#error('HEAD_TOO_LARGE', 'Too many header fields', 431));
    const offer = checkRequest({ method, target, version, headers: this.#headers });
    if (!offer.ok) throw this.#refuse(this.#error('BAD_REQUEST', offer.reason, offer.status), offer.headers);
    const { hosts, origins } = this.#options;
    const isSecure = isTls(this.#socket);
    if (hosts !== undefined && !isHostAllowed(offer.host, hosts, isSecure)) {
      throw this.#refuse(this.#error('HOST_REFUSED', 'Not a host of this server', 421));
    }
    if (typeof origins === 'function') return offer;
    if (!isOriginAllowed(offer.origin, offer.host, origins, isSecure)) throw this.#refuse(this.#originRefused());
    return offer;
  }

  /** Calls `origins`, if that is a function, and `headerVerify`. Rejects, having refused the request, when one says no. */
  async verify({ origin }: RequestOffer): Promise<void> {
    const { headerVerify, origins, signal } = this.#options;
    const allows = origin !== undefined && typeof origins === 'function' ? () => origins(origin) : undefined;
    if (headerVerify === undefined && allows === undefined) return;
    const socket = this.#socket;
    const attempt = new Attempt({
      timeout: this.#settings.handshakeTimeout,
      onTimeout: () => this.#error('TIMEOUT', 'Handshake timed out', 408),
      signal,
      onAbort: () => this.#goingAway(),
    });
    const onLeave = (): void => attempt.fail(this.#disconnected());
    socket.on('end', onLeave);
    socket.on('close', onLeave);
    try {
      if (allows !== undefined && (await attempt.wait(this.#callApplication(allows))) !== true)
        throw this.#originRefused();
      const verified =
        headerVerify === undefined ||
        (await attempt.wait(this.#callApplication(() => headerVerify(this.#headers, this.#request))));
      // Only true lets in: what an async function in another's place resolves to is easily an object.
      if (verified !== true) throw this.#error('UNVERIFIED', 'Not authorized', 401);
    } catch (error) {
      throw this.#refuse(error as HandshakeError);
    } finally {
      attempt.stop();
      socket.off('end', onLeave);
      socket.off('close', onLeave);
    }
    this.#checkStillConnected();
  }

  /** Answers with 101, and makes the connection: a promise of it where the inner protocol has to begin first. */
  accept(offer: RequestOffer, transport: SocketTransport): Connection | Promise<Connection> {
    const { magicKey } = this.#options;
    const supported = protocolsOf(this.#options);
    const { inner } = this.#extensions;
    const innerProtocol = inner === undefined ? '' : selectInner(offer.protocols, supported);
    const [agreements, used] = this.#agree(offer, innerProtocol !== '');
    const protocol = innerProtocol === '' ? selectProtocol(offer.protocols, supported) : innerProtocol;
    const negotiated =
      protocol === '' && agreements.length === 0
        ? NOTHING_NEGOTIATED
        : { protocol, extensions: agreements.map(({ extension }) => extension) };
    const response = buildResponse({
      key: offer.key,
      ...negotiated,
      extraHeaders: this.#extensions.answerFields(used),
      ...(magicKey === undefined ? {} : { magicKey }),
    });
    const parts = {
      platform: nodePlatform,
      transport,
      settings: this.#settings,
      negotiated,
      isClient: false,
      codec: used.codec,
      streams: used.streams,
      go: used.go,
    };
    if (inner !== undefined && innerProtocol !== '') {
      this.#socket.write(response, 'latin1');
      return openInner(parts, withinInner(innerProtocol) ?? '', inner);
    }
    const connection = new Connection(parts);
    // The answer is written last, when nothing can fail any more: no other answer can follow it.
    this.#socket.write(response, 'latin1');
    return connection;
  }

  #agree(offer: RequestOffer, isInner: boolean): [Agreement[], ReturnType<Extensions['use']>] {
    const { supports } = this.#extensions;
    try {
      // Messages of the outer connection have to keep their order, which streams would change.
      const outer = isInner ? supports.filter(({ rsv }) => rsv !== Rsv.Rsv2) : supports;
      const agreements = answerExtensions(outer, offer.extensions);
      return [agreements, this.#extensions.use(agreements, this.#headers)];
    } catch (error) {
      if (!(error instanceof HandshakeFailure)) throw error;
      throw this.#refuse(this.#error(error.code, error.message, error.status ?? 400, error));
    }
  }

  // Calls a function of the application. The client must not see the message of an error that it throws.
  async #callApplication<T>(call: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #checkStillConnected(): void {
    const { destroyed, readableEnded, writable } = this.#socket;
    if (!destroyed && !readableEnded && writable) return;
    throw this.#refuse(this.#disconnected());
  }

  #failed(cause: unknown): HandshakeError {
    return this.#error('FAILED', 'Internal error', 500, cause);
  }

  #originRefused(): HandshakeError {
    return this.#error('ORIGIN_REFUSED', 'Origin not allowed', 403);
  }

  #disconnected(): HandshakeError {
    return new HandshakeError('DISCONNECTED', 'the client left during the handshake', { headers: this.#headers });
  }

  #goingAway(): HandshakeError {
    const { signal } = this.#options;
    return this.#error('ABORTED', 'Going away', 503, signal && abortReason(signal));
  }

  // The message is sent to the client.
  #error(code: string, message: string, status: number, cause?: unknown): HandshakeError {
    const options = cause === undefined ? {} : { cause };
    return new HandshakeError(code, message, { status, headers: this.#headers }, options);
  }

  #refuse(error: HandshakeError, headers?: Readonly<Record<string, string>>): HandshakeError {
    return refuse(this.#socket, error, headers);
  }
}
