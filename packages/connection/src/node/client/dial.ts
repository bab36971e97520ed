import type { Duplex } from 'node:stream';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import {
  acceptExtensions,
  basicAuthorization,
  buildRequest,
  checkResponse,
  createKey,
  HandshakeFailure,
  HeaderError,
  type HeaderRecord,
  type Negotiated,
  offerExtensions,
  type ResponseHead,
} from '@webson/handshake';
import { throwIfAborted } from '../../application/abort.js';
import { shownProtocols } from '../../application/protocol-names.js';
import { isThenable } from '../../application/thenable.js';
import { isA, toError } from '../../application/thrown.js';
import { summaryOf } from '../../application/unheard.js';
import { Connection } from '../../connection.js';
import type { Opened } from '../../connection-parts.js';
import { type CheckedOptions, checkOptions } from '../../options/checked-options.js';
import { CONNECTION_KINDS } from '../../options/connection-kinds.js';
import { BOOLEAN, FLAG, FUNCTION, type OptionKinds, RECORD } from '../../options/option-kinds.js';
import type { BareOptions, ConnectionOptions } from '../../options/options.js';
import { protocolsOf, settingsOf } from '../../options/settings.js';
import { ConfigError, HandshakeError } from '../../protocol/contract/errors.js';
import { Attempt } from '../../time/attempt.js';
import { type Extensions, extensionsOf } from '../extensions.js';
import { nodePlatform } from '../platform.js';
import { SocketTransport } from '../socket/transport.js';
import { type Address, parseAddress } from './address.js';
import { EXTRA_HEADERS, type ExtraHeaders } from './extra-headers.js';
import { openSocket } from './open-socket.js';
import { whyRefused } from './refused.js';
import { BodyReader, readResponseHead } from './response-reader.js';
import { hidden, secretsOf } from './secrets.js';
import { unreachable } from './unreachable.js';

/** Options of {@link dial}. */
export interface DialOptions extends ConnectionOptions {
  /**
   * Additional header fields of the request: an object of strings, or of lists of them for a field that is repeated, `Headers`,
   * a Map, or pairs of name and value. They may replace `Host`, `Authorization` and `Origin`.
   */
  extraHeaders?: ExtraHeaders;
  /** True to use TLS whatever the scheme of the URL is. False by default. */
  useTLS?: boolean;
  /** Options of the TLS connection. */
  tls?: TlsOptions;
  /**
   * False to go on when `protocols` are offered and the server takes up none of them: `connection.protocol` is '' then. True by
   * default: `dial` rejects with HandshakeError `NO_PROTOCOL`.
   */
  requireProtocol?: boolean;
  /** Opens the byte stream to use instead of a TCP or TLS connection. */
  connect?: () => Duplex | Promise<Duplex>;
}

/** The options of {@link dial} that have no default. */
export type Bare = BareOptions | 'extraHeaders' | 'tls' | 'connect';

/** What each option may be, and its default. */
export const DIAL_KINDS: OptionKinds<DialOptions, Bare> = {
  ...CONNECTION_KINDS,
  extraHeaders: EXTRA_HEADERS,
  useTLS: FLAG,
  tls: { ...RECORD, isSecret: true },
  requireProtocol: { ...BOOLEAN, default: true },
  connect: FUNCTION,
};

/** Checks options of {@link dial}. @throws ConfigError for one that is wrong. */
export function checkDialOptions(given: DialOptions): CheckedOptions<DialOptions, Bare> {
  return checkOptions('options', given, DIAL_KINDS);
}

/**
 * Opens a WebSocket connection (RFC 6455 §4.1). Register handlers on what it resolves to, then call its `start`.
 *
 * Rejects with ConfigError for a wrong URL or option; with the reason of `signal` when that aborts; with HandshakeError when
 * the server cannot be reached, does not answer within `timeout.handshake`, gives a wrong answer, or takes up none of `protocols`;
 * with WebsonError
 * `LOAD_FAILED` when the code that an option needs cannot be loaded. When the answer has another status than 101, a redirect for
 * example, it is in `status`, `headers` and `body` of the HandshakeError.
 *
 * @param url `ws:`, the default, `wss:`, or `ws+unix:/path.sock:/url`; user and password become Basic authorization.
 */
export async function dial(url: string | URL, given: DialOptions = {}): Promise<Connection> {
  const options = checkDialOptions(given);
  const settings = settingsOf(options);
  const address = parseAddress(url, options.useTLS);
  const wanted = extensionsOf(options, settings, 'client');
  const extensions = isThenable(wanted) ? await wanted : wanted;
  const dialler = new Dialler(address, options, settings.handshakeTimeout, extensions);
  const opened = await dialler.open();
  const connection: Connection = new Connection({
    ...opened,
    platform: nodePlatform,
    settings,
    isClient: true,
    url: address.url,
    redial: (abandoned) => dialler.open(connection, abandoned),
  });
  trace?.(`opened ${address.url}`, connection);
  return connection;
}

const { trace } = nodePlatform;

/** Opens connections to one address with the same options: the first one, and one for each `restart`. */
class Dialler {
  readonly #address: Address;
  readonly #options: CheckedOptions<DialOptions, Bare>;
  readonly #timeout: number;
  readonly #extensions: Extensions;

  constructor(address: Address, options: CheckedOptions<DialOptions, Bare>, timeout: number, extensions: Extensions) {
    this.#address = address;
    this.#options = options;
    this.#timeout = timeout;
    this.#extensions = extensions;
  }

  /**
   * @param connection what is dialled again, for the trace.
   * @param abandoned ends the attempt, as the `signal` of the options does.
   */
  async open(connection?: Connection, abandoned?: AbortSignal): Promise<Opened> {
    trace?.(`dial ${this.#address.url}`, connection);
    try {
      return await this.#open(abandoned);
    } catch (error) {
      trace?.(`dial ${this.#address.url} has failed: ${summaryOf(toError(error))}`, connection);
      throw error;
    }
  }

  async #open(abandoned: AbortSignal | undefined): Promise<Opened> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    const key = createKey();
    const request = this.#request(key);
    const attempt = new Attempt({
      timeout: this.#timeout,
      onTimeout: () => this.#late(socket),
      signal,
      abandoned,
    });
    let socket: Duplex | undefined;
    let head: ResponseHead | undefined;
    // The listener stays on a socket that is given up, so that a later error does not end the process.
    const onError = (error: Error): void => attempt.fail(unreachable(this.#address, error));
    try {
      socket = await this.#connect(attempt, onError);
      // It may have failed at once, and tell a turn later only.
      if (isA(socket.errored, Error)) throw unreachable(this.#address, socket.errored);
      this.#send(socket, request);
      head = await attempt.wait(readResponseHead(socket));
      const negotiated = await this.#check(head, key, socket, attempt);
      await this.#verify(head, attempt);
      const opened = this.#accept(negotiated, head, socket);
      socket.off('error', onError);
      return opened;
    } catch (error) {
      discard(socket);
      throw isA(error, HandshakeFailure) ? this.#failure(error, head) : error;
    } finally {
      attempt.stop();
    }
  }

  #request(key: string): string {
    const { user, password, host, path } = this.#address;
    const { extraHeaders } = this.#options;
    const { supports, requestFields } = this.#extensions;
    try {
      return buildRequest({
        host,
        path,
        key,
        extensions: offerExtensions(supports),
        extraHeaders: { ...(extraHeaders as HeaderRecord | undefined), ...requestFields },
        protocols: protocolsOf(this.#options),
        ...(user === '' && password === '' ? {} : { authorization: basicAuthorization(user, password) }),
      });
    } catch (error) {
      if (error instanceof HeaderError) throw new ConfigError(error.message, { cause: error });
      throw error;
    }
  }

  async #connect(attempt: Attempt, onError: (error: Error) => void): Promise<Duplex> {
    const { connect, tls } = this.#options;
    if (connect === undefined) {
      // The listener is added at once, as Node may emit an error before a promise of ours is resumed.
      return openSocket(this.#address, tls).on('error', onError);
    }
    const opening = (async () => {
      const stream = await connect();
      if (!isDuplex(stream)) throw new TypeError('connect did not return a duplex stream');
      stream.on('error', onError);
      // The attempt may have ended while `connect` was still at work.
      if (attempt.isOver) stream.destroy();
      return stream;
    })();
    return attempt.wait(
      opening.catch((error: unknown) => {
        throw isA(error, ConfigError) ? error : unreachable(this.#address, toError(error));
      }),
    );
  }

  #send(socket: Duplex, request: string): void {
    try {
      socket.write(request, 'latin1');
    } catch (error) {
      throw unreachable(this.#address, toError(error));
    }
  }

  async #check(head: ResponseHead, key: string, socket: Duplex, attempt: Attempt): Promise<Negotiated> {
    const { magicKey, signal } = this.#options;
    const result = checkResponse(head, {
      key,
      offeredExtensions: offerExtensions(this.#extensions.supports),
      protocols: protocolsOf(this.#options),
      ...(magicKey === undefined ? {} : { magicKey }),
    });
    if (result.ok) {
      this.#requireProtocol(result.negotiated, head);
      return result.negotiated;
    }
    if (head.status === 101) throw result.failure;
    const body = new BodyReader(socket, head);
    try {
      await attempt.wait(body.done);
    } catch {
      // The refusal is reported with the part of its body that has come, unless the caller has aborted the attempt.
      throwIfAborted(signal);
    } finally {
      body.stop();
    }
    throw this.#failure(result.failure, head, body.bytes);
  }

  async #verify({ headers, status }: ResponseHead, attempt: Attempt): Promise<void> {
    const { headerVerify } = this.#options;
    if (headerVerify === undefined) return;
    const verifying = (async () => headerVerify(headers))().catch((cause: unknown) => {
      throw new HandshakeError('FAILED', 'headerVerify failed', { status, headers }, { cause });
    });
    if ((await attempt.wait(verifying)) === true) return;
    throw new HandshakeError('UNVERIFIED', 'headerVerify refused the answer of the server', { status, headers });
  }

  #accept(negotiated: Negotiated, { headers }: ResponseHead, socket: Duplex): Opened {
    const agreements = acceptExtensions(this.#extensions.supports, negotiated.extensions);
    const used = this.#extensions.use(agreements, headers);
    const transport = new SocketTransport(socket, new Uint8Array(0), { direct: this.#options.directSockets });
    return { transport, negotiated, ...used };
  }

  // A client that goes on without a sub-protocol would speak one that the server does not know.
  #requireProtocol({ protocol }: Negotiated, { headers, status }: ResponseHead): void {
    const offered = protocolsOf(this.#options);
    if (protocol !== '' || offered.length === 0 || this.#options.requireProtocol === false) return;
    const names = shownProtocols(offered);
    const message = `the server has taken up none of the sub-protocols that were offered, ${names}; requireProtocol: false goes on without`;
    throw new HandshakeError('NO_PROTOCOL', message, { status, headers });
  }

  #late(socket: (Duplex & { connecting?: boolean }) | undefined): HandshakeError {
    const { isSecure, url } = this.#address;
    const isConnecting = socket === undefined || socket.connecting === true;
    const isSecuring =
      !isConnecting && isSecure && (socket as { secureConnecting?: boolean }).secureConnecting === true;
    const why = isConnecting
      ? 'its host does not answer'
      : isSecuring
        ? 'it does not answer in TLS: if it does not speak TLS on this port, dial ws: instead of wss:'
        : 'it does not answer the request';
    return new HandshakeError(
      'TIMEOUT',
      `no connection to ${url} within ${this.#timeout} ms (timeout.handshake): ${why}`,
    );
  }

  // What the server has sent may repeat what it was sent, and errors end up in logs.
  #failure(cause: HandshakeFailure, head?: ResponseHead, body?: Uint8Array): HandshakeError {
    const secrets = secretsOf(this.#address, this.#options.extraHeaders ?? {});
    const shown = hidden(cause.message, secrets);
    const more = head === undefined || body === undefined ? '' : whyRefused(this.#address, head, body, secrets);
    const detail = { status: head?.status, headers: head?.headers, body };
    return new HandshakeError(cause.code, shown + more, detail, shown === cause.message ? { cause } : {});
  }
}

// A stream made by `connect` may throw here. That is ignored, as the error that led here matters more.
function discard(socket: Duplex | undefined): void {
  try {
    socket?.destroy();
  } catch {}
}

function isDuplex(stream: unknown): stream is Duplex {
  const { pipe, write, destroy } = Object(stream) as Partial<Record<string, unknown>>;
  return [pipe, write, destroy].every((method) => typeof method === 'function');
}
