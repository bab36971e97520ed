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
  parseTarget,
  type RequestOffer,
  type RequestTarget,
  selectProtocol,
} from '@webson/handshake';
import { abortReason } from '../../application/abort.js';
import { isThenable } from '../../application/thenable.js';
import { isA, isError } from '../../application/thrown.js';
import { Connection } from '../../connection.js';
import { innerChoice, innerNameOf } from '../../inner/sub-protocol.js';
import type { Settings } from '../../options/options.js';
import type { WebsonErrorCode } from '../../protocol/contract/error-code.js';
import { HandshakeError, WebsonError } from '../../protocol/contract/errors.js';
import { Attempt } from '../../time/attempt.js';
import { isTls } from '../built-ins.js';
import type { Extensions } from '../extensions.js';
import { nodePlatform } from '../platform.js';
import { SocketTransport } from '../socket/transport.js';
import { isRefusal, type Refusal } from './authorization.js';
import { isAnswering, isInUse, mayBeTruncated, pipelinedError } from './incoming-request.js';
import { openInner } from './inner-connection.js';
import { refusedHost, refusedOrigin } from './origin.js';
import { type Prepared, preparationOf } from './preparation.js';
import { refuse } from './refusal.js';
import { chosenProtocol } from './sub-protocol.js';
import type { CheckedTakeOverOptions, TakeOverOptions } from './take-over-options.js';
import { noteRequest, traceAccepted } from './trace.js';
import { type UpgradeRequest, upgradeRequest } from './upgrade-request.js';

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
 * is not among `hosts` (421), has more header fields than Node looked at (431: as many as the server's `maxHeadersCount`), fails
 * `headerVerify` (401) or `authorize` (what that says), is answered with its status, the socket closed, and the promise rejected
 * with HandshakeError; so it is when these take longer than `timeout.handshake` (408), when a function among the options throws
 * (500), and when `signal` aborts (503).
 * Rejects with HandshakeError `DISCONNECTED` when the client leaves, and with `ALREADY_TAKEN`, nothing done to the socket,
 * when that was taken over before, is read by somebody else, or was ended by this side. Rejects with ConfigError when an
 * option is wrong, and with WebsonError `LOAD_FAILED` when the code that an option needs cannot be loaded; the client is
 * answered with 500 then.
 *
 * @param head bytes that came after the request.
 */
export function takeOver<Data = undefined>(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: TakeOverOptions<Data> = {},
): Promise<Connection<NoInfer<Data>>> {
  const taking = answer<Data>(request, socket, head, options);
  // A request of one client must not end the process because the application does not handle the rejection.
  taking.catch(() => {});
  return taking;
}

async function answer<Data>(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: TakeOverOptions<Data>,
): Promise<Connection<NoInfer<Data>>> {
  if (isInUse(socket)) throw new HandshakeError('ALREADY_TAKEN', 'the socket is in use: who has it answers the client');
  if (nodePlatform.trace !== undefined) noteRequest(socket, request);
  // The transport listens to the socket from here on, so that no error ends the process and no event is missed.
  const transport = new SocketTransport(socket, head, { direct: isDirect(options) });
  try {
    const preparation = preparationOf(options);
    const preparedFor = isThenable(preparation) ? await preparation : preparation;
    const takeover = new Takeover<Data>(request, socket, HeaderMap.fromRaw(request.rawHeaders), preparedFor);
    const offer = takeover.check();
    const data = await takeover.verify(offer);
    return takeover.accept(offer, transport, data);
  } catch (error) {
    if (!isA(error, HandshakeError)) {
      refuse(socket, new HandshakeError('FAILED', 'Internal error', { status: 500 }));
    }
    throw error;
  }
}

// What is wrong with the options is said later, when the transport is there.
function isDirect(options: TakeOverOptions<unknown>): boolean {
  try {
    return options.directSockets !== false;
  } catch {
    return false;
  }
}

/** Neither a sub-protocol nor an extension: shared by all such connections, which are most. */
const NOTHING_NEGOTIATED: Negotiated = { protocol: '', extensions: [] };

/** One upgrade request that is being answered (RFC 6455 §4.2). Each failing check refuses it with its status. */
class Takeover<Data> {
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #headers: HeaderMap;
  readonly #options: CheckedTakeOverOptions<Data>;
  readonly #settings: Settings;
  readonly #extensions: Extensions;
  // Both made when a function of the application is called with the request.
  #upgrade: UpgradeRequest | undefined;
  #leaving: AbortController | undefined;
  // The option whose function was called last.
  #asked = '';

  constructor(
    request: IncomingMessage,
    socket: Duplex,
    headers: HeaderMap,
    { options, settings, extensions }: Prepared<Data>,
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
    // A status now would be written into the middle of the answer to an earlier request.
    if (isAnswering(this.#request)) throw this.#refuse(pipelinedError());
    if (this.#options.signal?.aborted === true) throw this.#refuse(this.#goingAway());
    // Fields that Node has dropped cannot be checked.
    if (mayBeTruncated(this.#request)) throw this.#refuse(this.#error('HEAD_TOO_LARGE', 'Too many header fields', 431));
    const offer = checkRequest({ method, target, version, headers: this.#headers });
    if (!offer.ok) throw this.#refuse(this.#error('BAD_REQUEST', offer.reason, offer.status), offer.headers);
    const { hosts, origins = 'same-host' } = this.#options;
    const isSecure = isTls(this.#socket);
    if (hosts !== undefined && !isHostAllowed(offer.host, hosts, isSecure)) {
      throw this.#refuse(this.#error('HOST_REFUSED', refusedHost(offer.host), 421));
    }
    if (typeof origins === 'function') return offer;
    if (!isOriginAllowed(offer.origin, offer.host, origins, isSecure)) throw this.#refuse(this.#originRefused(offer));
    return offer;
  }

  /**
   * Calls `origins`, if that is a function, `headerVerify` and `authorize`, and resolves to the data of the connection. Rejects,
   * having refused the request, when one says no.
   */
  async verify(offer: RequestOffer): Promise<Data> {
    const { origin } = offer;
    const { headerVerify, origins, signal, authorize } = this.#options;
    const allows = origin !== undefined && typeof origins === 'function' ? () => origins(origin) : undefined;
    // Without `authorize` the type of the data is that of undefined.
    let data = undefined as Data;
    if (headerVerify === undefined && allows === undefined && authorize === undefined) return data;
    const socket = this.#socket;
    const request = authorize === undefined ? undefined : this.#upgradeRequest(offer);
    const failed = (error: HandshakeError): HandshakeError => {
      if (!attempt.isOver) this.#leaving?.abort(error);
      return error;
    };
    const attempt = new Attempt({
      timeout: this.#settings.handshakeTimeout,
      onTimeout: () => failed(this.#error('TIMEOUT', 'Handshake timed out', 408, this.#notSettled())),
      signal,
      onAbort: () => failed(this.#goingAway()),
    });
    const onLeave = (): void => attempt.fail(failed(this.#disconnected()));
    socket.on('end', onLeave);
    socket.on('close', onLeave);
    try {
      if (allows !== undefined && (await attempt.wait(this.#callApplication('origins', allows))) !== true)
        throw this.#originRefused(offer);
      const verified =
        headerVerify === undefined ||
        (await attempt.wait(this.#callApplication('headerVerify', () => headerVerify(this.#headers, this.#request))));
      // Only true lets in: what an async function in another's place resolves to is easily an object.
      if (verified !== true) throw this.#error('UNVERIFIED', 'Not authorized', 401);
      if (authorize !== undefined && request !== undefined) {
        data = this.#judged(await attempt.wait(this.#callApplication('authorize', () => authorize(request))));
      }
    } catch (error) {
      throw isRefusal(error) ? this.#refuseWith(error) : this.#refuse(error as HandshakeError);
    } finally {
      attempt.stop();
      socket.off('end', onLeave);
      socket.off('close', onLeave);
    }
    this.#checkStillConnected();
    return data;
  }

  /** Answers with 101, and makes the connection: a promise of it where the inner protocol has to begin first. */
  accept(offer: RequestOffer, transport: SocketTransport, data: Data): Connection<Data> | Promise<Connection<Data>> {
    const { magicKey } = this.#options;
    const { inner } = this.#extensions;
    const innerProtocol =
      inner === undefined ? undefined : innerChoice(offer.protocols, (offered) => this.#chooseProtocol(offer, offered));
    const [agreements, used] = this.#agree(offer, innerProtocol !== undefined);
    const protocol =
      innerProtocol === undefined ? this.#chooseProtocol(offer, offer.protocols) : innerNameOf(innerProtocol);
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
    if (inner !== undefined && innerProtocol !== undefined) {
      this.#socket.write(response, 'latin1');
      return this.#traced(openInner(parts, innerProtocol, inner, data, this.#options.signal));
    }
    const connection = new Connection<Data>({ ...parts, data });
    // The answer is written last, when nothing can fail any more: no other answer can follow it.
    this.#socket.write(response, 'latin1');
    if (nodePlatform.trace !== undefined) traceAccepted(nodePlatform.trace, this.#socket, this.#request, connection);
    return connection;
  }

  async #traced(opening: Promise<Connection<Data>>): Promise<Connection<Data>> {
    const connection = await opening;
    if (nodePlatform.trace !== undefined) traceAccepted(nodePlatform.trace, this.#socket, this.#request, connection);
    return connection;
  }

  /** @param offered the sub-protocols to choose from, '' for none. */
  #chooseProtocol(offer: RequestOffer, offered: readonly string[]): string {
    const { protocols } = this.#options;
    if (typeof protocols !== 'function') return selectProtocol(offered, [protocols].flat());
    const request = this.#upgradeRequest(offer);
    try {
      return chosenProtocol(protocols, offered, request);
    } catch (error) {
      throw this.#refuse(this.#failed(error));
    }
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
  async #callApplication<T>(name: string, call: () => T | PromiseLike<T>): Promise<T> {
    this.#asked = name;
    try {
      return await call();
    } catch (error) {
      throw isRefusal(error) ? error : this.#failed(error);
    }
  }

  // What `authorize` has returned, if that lets the request in.
  #judged(result: Data | Refusal | false): Data {
    if (isRefusal(result)) throw result;
    if (result === false) throw this.#error('UNVERIFIED', 'Not authorized', 401);
    // An error is no data: whoever returns one means to throw it.
    if (isError(result)) throw this.#failed(result);
    return result;
  }

  #upgradeRequest(offer: RequestOffer): UpgradeRequest {
    if (this.#upgrade !== undefined) return this.#upgrade;
    this.#leaving = new AbortController();
    const target = parseTarget(this.#request.url ?? '') as RequestTarget;
    const isSecure = isTls(this.#socket);
    const { signal } = this.#leaving;
    const request = upgradeRequest(this.#request, target, offer, this.#headers, isSecure, signal);
    if (request === undefined) throw this.#refuse(this.#error('BAD_REQUEST', 'The Host header must be a host', 400));
    this.#upgrade = request;
    return request;
  }

  #checkStillConnected(): void {
    const { destroyed, readableEnded, writable } = this.#socket;
    if (!destroyed && !readableEnded && writable) return;
    throw this.#refuse(this.#disconnected());
  }

  // The client has waited for a function of the application, which the application has to hear of.
  #notSettled(): WebsonError {
    const within = `within ${this.#settings.handshakeTimeout} ms (timeout.handshake)`;
    return new WebsonError('TIMEOUT', `what ${this.#asked} returned has not settled ${within}`);
  }

  #failed(cause: unknown): HandshakeError {
    return this.#error('FAILED', 'Internal error', 500, cause);
  }

  #originRefused({ origin = '', host }: RequestOffer): HandshakeError {
    const message = refusedOrigin(origin, host, this.#options.origins ?? 'same-host', isTls(this.#socket));
    return this.#error('ORIGIN_REFUSED', message, 403);
  }

  #disconnected(): HandshakeError {
    return new HandshakeError('DISCONNECTED', 'the client left during the handshake', { headers: this.#headers });
  }

  #goingAway(): HandshakeError {
    const { signal } = this.#options;
    return this.#error('ABORTED', 'Going away', 503, signal && abortReason(signal));
  }

  // The message is sent to the client.
  #error(code: WebsonErrorCode, message: string, status: number, cause?: unknown): HandshakeError {
    const options = cause === undefined ? {} : { cause };
    return new HandshakeError(code, message, { status, headers: this.#headers }, options);
  }

  #refuseWith({ status, answer }: Refusal): HandshakeError {
    const error = this.#error('REFUSED', `authorize refused the request with status ${status}`, status);
    return refuse(this.#socket, error, {}, answer);
  }

  #refuse(error: HandshakeError, headers?: Readonly<Record<string, string>>): HandshakeError {
    return refuse(this.#socket, error, headers);
  }
}
