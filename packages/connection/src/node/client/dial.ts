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
  type Negotiated,
  offerExtensions,
  type ResponseHead,
} from '@webson/handshake';
import { throwIfAborted } from '../../application/abort.js';
import { isThenable } from '../../application/thenable.js';
import { isA, toError } from '../../application/thrown.js';
import { Connection } from '../../connection.js';
import type { Opened } from '../../connection-parts.js';
import { type CheckedOptions, checkOptions } from '../../options/checked-options.js';
import { FLAG, FUNCTION, isRecord, type OptionKind, type OptionKinds, RECORD } from '../../options/option-kinds.js';
import {
  type BareOptions,
  CONNECTION_KINDS,
  type ConnectionOptions,
  protocolsOf,
  settingsOf,
} from '../../options/options.js';
import { ConfigError, HandshakeError } from '../../protocol/contract/errors.js';
import { Attempt } from '../../time/attempt.js';
import { type Extensions, extensionsOf } from '../extensions.js';
import { nodePlatform } from '../socket/platform.js';
import { SocketTransport } from '../socket/transport.js';
import { type Address, parseAddress } from './address.js';
import { openSocket } from './open-socket.js';
import { BodyReader, readResponseHead } from './response-reader.js';

/** Options of {@link dial}. */
export interface DialOptions extends ConnectionOptions {
  /** Additional header fields of the request. They may replace `Host`, `Authorization` and `Origin`. */
  extraHeaders?: Record<string, string>;
  /** True to use TLS whatever the scheme of the URL is. */
  useTLS?: boolean;
  /** Options of the TLS connection. */
  tls?: TlsOptions;
  /** Opens the byte stream to use instead of a TCP or TLS connection. */
  connect?: () => Duplex | Promise<Duplex>;
}

const HEADER_FIELDS: OptionKind = {
  expected: 'an object of strings',
  accepts: (value) => isRecord(value) && !(Symbol.iterator in value) && Object.values(value).every(isFieldValue),
};

/** The options of {@link dial} that have no default. */
type Bare = BareOptions | 'extraHeaders' | 'tls' | 'connect';

const DIAL_KINDS: OptionKinds<DialOptions, Bare> = {
  ...CONNECTION_KINDS,
  extraHeaders: HEADER_FIELDS,
  useTLS: FLAG,
  tls: RECORD,
  connect: FUNCTION,
};

function isFieldValue(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || (Array.isArray(value) && value.every(isFieldValue));
}

/**
 * Opens a WebSocket connection (RFC 6455 §4.1). Register handlers on what it resolves to, then call its `start`.
 *
 * Rejects with ConfigError for a wrong URL or option; with the reason of `signal` when that aborts; with HandshakeError when
 * the server cannot be reached, does not answer within `timeout.handshake`, or gives a wrong answer; with WebsonError
 * `LOAD_FAILED` when the code that an option needs cannot be loaded. When the answer has another status than 101, a redirect for
 * example, it is in `status`, `headers` and `body` of the HandshakeError.
 *
 * @param url `ws:`, the default, `wss:`, or `ws+unix:/path.sock:/url`; user and password become Basic authorization.
 */
export async function dial(url: string | URL, given: DialOptions = {}): Promise<Connection> {
  const options = checkOptions('options', given, DIAL_KINDS);
  const settings = settingsOf(options);
  const address = parseAddress(url, options.useTLS);
  const wanted = extensionsOf(options, settings, 'client');
  const extensions = isThenable(wanted) ? await wanted : wanted;
  const dialler = new Dialler(address, options, settings.handshakeTimeout, extensions);
  return new Connection({
    ...(await dialler.open()),
    platform: nodePlatform,
    settings,
    isClient: true,
    url: address.url,
    redial: () => dialler.open(),
  });
}

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

  async open(): Promise<Opened> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    const key = createKey();
    const request = this.#request(key);
    const attempt = new Attempt({
      timeout: this.#timeout,
      onTimeout: () => new HandshakeError('TIMEOUT', `no connection within ${this.#timeout} ms (timeout.handshake)`),
      signal,
    });
    let socket: Duplex | undefined;
    let head: ResponseHead | undefined;
    // The listener stays on a socket that is given up, so that a later error does not end the process.
    const onError = (error: Error): void => attempt.fail(this.#unreachable(error));
    try {
      socket = await this.#connect(attempt, onError);
      this.#send(socket, request);
      head = await attempt.wait(readResponseHead(socket));
      const negotiated = await this.#check(head, key, socket, attempt);
      await this.#verify(head, attempt);
      const opened = this.#accept(negotiated, head, socket);
      socket.off('error', onError);
      return opened;
    } catch (error) {
      discard(socket);
      throw isA(error, HandshakeFailure) ? failure(error, head) : error;
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
        extraHeaders: { ...extraHeaders, ...requestFields },
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
        throw isA(error, ConfigError) ? error : this.#unreachable(toError(error));
      }),
    );
  }

  #send(socket: Duplex, request: string): void {
    try {
      socket.write(request, 'latin1');
    } catch (error) {
      throw this.#unreachable(toError(error));
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
    if (result.ok) return result.negotiated;
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
    throw failure(result.failure, head, body.bytes);
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

  #unreachable(cause: Error): HandshakeError {
    const message = `cannot connect to ${this.#address.url}: ${describe(cause)}`;
    return new HandshakeError('CONNECT_FAILED', message, {}, { cause });
  }
}

// A stream made by `connect` may throw here. That is ignored, as the error that led here matters more.
function discard(socket: Duplex | undefined): void {
  try {
    socket?.destroy();
  } catch {}
}

function failure(cause: HandshakeFailure, head?: ResponseHead, body?: Uint8Array): HandshakeError {
  return new HandshakeError(
    cause.code,
    cause.message,
    { status: head?.status, headers: head?.headers, body },
    { cause },
  );
}

function isDuplex(stream: unknown): stream is Duplex {
  const { pipe, write, destroy } = Object(stream) as Partial<Record<string, unknown>>;
  return [pipe, write, destroy].every((method) => typeof method === 'function');
}

// Node's error for a host of which every address has failed has no message of its own. Reading the message of an error made by
// the application may throw.
function describe(error: Error & { errors?: Error[] }): string {
  try {
    return error.message || error.errors?.map(({ message }) => message).join(', ') || error.name;
  } catch {
    return 'an error without a message';
  }
}
