import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import {
  acceptExtensions,
  basicAuthorization,
  buildRequest,
  checkResponse,
  createKey,
  HandshakeFailure,
  HeaderError,
  type HeaderMap,
  offerExtensions,
  type ResponseHead,
  ResponseHeadParser,
  settingsOf,
} from '@webson/handshake';
import { after } from '../clock.js';
import { Connection, type Opened } from '../connection.js';
import { type ConnectionOptions, resolveOptions } from '../options.js';
import { ConfigError, HandshakeError } from '../protocol/errors.js';
import { type Address, parseAddress } from './address.js';
import { type Compression, compressionOf } from './compression.js';
import { nodePlatform } from './platform.js';
import { SocketTransport } from './socket-transport.js';

/** Options of {@link dial}. */
export interface DialOptions extends ConnectionOptions {
  /** Further header fields of the request; `Host`, `Authorization` and `Origin` may be replaced by them. */
  extraHeaders?: Record<string, string>;
  /** TLS also for a URL that does not say so. */
  useTLS?: boolean;
  /** Options of the TLS connection. */
  tls?: TlsOptions;
  /** Opens the byte stream in place of a TCP or TLS connection. */
  connect?: () => Duplex | Promise<Duplex>;
}

/**
 * Opens a WebSocket connection (RFC 6455 §4.1). Register handlers on what it resolves to, then call its `start`.
 *
 * @param url `ws:`, the default, `wss:`, or `ws+unix:/path.sock:/url`; user and password become Basic authorization.
 *
 * Rejects with ConfigError for a URL or option that is wrong, with HandshakeError when the server cannot be reached,
 * does not answer within `timeout.handshake`, or does not answer as it should, and with the reason of `signal`.
 */
export async function dial(url: string | URL, options: DialOptions = {}): Promise<Connection> {
  const settings = resolveOptions(options);
  const parsed = parseAddress(url);
  const address = options.useTLS === true ? { ...parsed, isSecure: true } : parsed;
  const compression = compressionOf(options, 'client');
  const open = (): Promise<Opened> => new Dialler(address, options, settings.handshakeTimeout, compression).open();
  const opened = await open();
  return new Connection({
    ...opened,
    platform: nodePlatform,
    settings,
    isClient: true,
    url: address.url,
    redial: open,
  });
}

/** One attempt to connect. */
class Dialler {
  readonly #address: Address;
  readonly #options: DialOptions;
  readonly #timeout: number;
  readonly #compression: Compression | undefined;
  readonly #key = createKey();

  constructor(address: Address, options: DialOptions, timeout: number, compression: Compression | undefined) {
    this.#address = address;
    this.#options = options;
    this.#timeout = timeout;
    this.#compression = compression;
  }

  async open(): Promise<Opened> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const request = this.#request();
    let socket: Duplex | undefined;
    let fail: (error: Error) => void = () => {};
    // One deadline for everything, one way out: whatever comes first ends the attempt and takes the socket along.
    const failed = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    failed.catch(() => {});
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = after(this.#timeout, () =>
      fail(new HandshakeError('TIMEOUT', `no connection within ${this.#timeout} ms (timeout.handshake)`)),
    );
    const onError = (error: Error): void =>
      fail(
        new HandshakeError(
          'CONNECT_FAILED',
          `cannot connect to ${this.#address.url}: ${describe(error)}`,
          {},
          { cause: error },
        ),
      );
    let isOver = false;
    try {
      const connecting = Promise.resolve(this.#connect()).then((stream) => {
        // The attempt may have ended while `connect` was still at work.
        if (isOver) stream.destroy();
        return stream;
      });
      connecting.catch(() => {});
      socket = await Promise.race([connecting, failed]);
      socket.on('error', onError);
      socket.write(request, 'latin1');
      const { head, rest } = await Promise.race([readHead(socket), failed]);
      const opened = await Promise.race([this.#accept(head, socket, rest), failed]);
      socket.off('error', onError);
      return opened;
    } catch (error) {
      isOver = true;
      // An error that still comes from the socket has been answered for.
      socket?.on('error', () => {});
      socket?.destroy();
      throw error instanceof HandshakeFailure ? toError(error) : error;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #request(): string {
    const { user, password, host, path } = this.#address;
    const { protocols, extraHeaders } = this.#options;
    try {
      return buildRequest({
        host,
        path,
        key: this.#key,
        extensions: offerExtensions(this.#supports()),
        ...(protocols === undefined ? {} : { protocols }),
        ...(extraHeaders === undefined ? {} : { extraHeaders }),
        ...(user === '' && password === '' ? {} : { authorization: basicAuthorization(user, password) }),
      });
    } catch (error) {
      if (error instanceof HeaderError) throw new ConfigError(error.message, { cause: error });
      throw error;
    }
  }

  #connect(): Duplex | Promise<Duplex> {
    const { connect, tls } = this.#options;
    if (connect !== undefined) return connect();
    const { isSecure, socketPath, hostname, port } = this.#address;
    const target = socketPath === undefined ? { host: hostname, port } : { path: socketPath };
    if (!isSecure) return connectTcp({ ...target, noDelay: true });
    // RFC 6066 §3: a literal address is no server name.
    const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
    return connectTls({ ...target, ...servername, ALPNProtocols: ['http/1.1'], ...tls });
  }

  async #accept(head: ResponseHead, socket: Duplex, rest: Uint8Array): Promise<Opened> {
    const { magicKey, protocols, headerVerify } = this.#options;
    const supports = this.#supports();
    const result = checkResponse(head, {
      key: this.#key,
      offeredExtensions: offerExtensions(supports),
      ...(magicKey === undefined ? {} : { magicKey }),
      ...(protocols === undefined ? {} : { protocols }),
    });
    if (!result.ok) throw result.failure;
    const { negotiated } = result;
    const agreements = acceptExtensions(supports, negotiated.extensions);
    if (headerVerify !== undefined && !(await headerVerify(head.headers))) {
      throw failure('UNVERIFIED', 'headerVerify refused the answer of the server', head.headers, head.status);
    }
    const agreement = this.#compression && settingsOf(agreements, this.#compression.support);
    return {
      transport: new SocketTransport(socket, rest),
      negotiated,
      codec: agreement && this.#compression?.codec(agreement),
    };
  }

  #supports(): Compression['support'][] {
    return this.#compression === undefined ? [] : [this.#compression.support];
  }
}

// Reads the head of the answer; nothing is read after it.
function readHead(socket: Duplex): Promise<{ head: ResponseHead; rest: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const parser = new ResponseHeadParser();
    const onData = (chunk: Uint8Array): void => {
      let head: ResponseHead | undefined;
      try {
        head = parser.push(chunk);
      } catch (error) {
        done();
        reject(error);
        return;
      }
      if (head === undefined) return;
      done();
      socket.pause();
      resolve({ head, rest: parser.rest });
    };
    const onEnd = (): void => {
      done();
      reject(new HandshakeError('DISCONNECTED', 'the server ended the connection before its answer was complete'));
    };
    const done = (): void => {
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
  });
}

function toError(error: HandshakeFailure): HandshakeError {
  return failure(error.code, error.message, error.headers, error.status, error);
}

function failure(code: string, message: string, headers?: HeaderMap, status?: number, cause?: Error): HandshakeError {
  return new HandshakeError(code, message, { status, headers }, cause === undefined ? {} : { cause });
}

// Node reports several addresses that all failed as an error without a message.
function describe(error: Error & { errors?: Error[] }): string {
  return error.message || error.errors?.map(({ message }) => message).join(', ') || error.name;
}
