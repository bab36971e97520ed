import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  answerExtensions,
  buildRefusal,
  buildResponse,
  checkRequest,
  HandshakeFailure,
  HeaderMap,
  isOriginAllowed,
  type RequestOffer,
  selectProtocol,
  settingsOf,
} from '@webson/handshake';
import { after } from '../clock.js';
import { Connection } from '../connection.js';
import { type ConnectionOptions, resolveOptions } from '../options.js';
import { HandshakeError } from '../protocol/errors.js';
import { compressionOf } from './compression.js';
import { nodePlatform } from './platform.js';
import { SocketTransport } from './socket-transport.js';

/**
 * Answers a client's upgrade request and makes a connection of its socket (RFC 6455 §4.2). For the `upgrade` event of an
 * HTTP server of one's own: `server.on('upgrade', (request, socket, head) => takeOver(request, socket, head))`.
 *
 * A request that is no valid handshake, comes from an origin that is not allowed (403), or fails `headerVerify` (401)
 * is answered with its status, the socket closed, and the promise rejected with HandshakeError. Rejects with ConfigError
 * when an option is wrong; the client is answered with 500 then.
 *
 * @param head bytes that came after the request.
 */
export async function takeOver(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: ConnectionOptions = {},
): Promise<Connection> {
  // Whatever happens to the socket from here on must not reach the process.
  const ignore = (): void => {};
  socket.on('error', ignore);
  try {
    const connection = await answer(request, socket, head, options);
    socket.off('error', ignore);
    return connection;
  } catch (error) {
    if (!(error instanceof HandshakeError))
      refuse(socket, new HandshakeError('FAILED', 'internal error', { status: 500 }));
    throw error;
  }
}

async function answer(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: ConnectionOptions,
): Promise<Connection> {
  const settings = resolveOptions(options);
  const compression = compressionOf(options, 'server');
  const headers = HeaderMap.fromRaw(request.rawHeaders);
  const offer = checkRequest({
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    headers,
  });
  if (!offer.ok) {
    const { status, reason } = offer;
    throw refuse(socket, new HandshakeError('BAD_REQUEST', reason, { status, headers }), offer.headers);
  }
  const isSecure = socket instanceof TLSSocket;
  if (
    offer.origin !== undefined &&
    !isOriginAllowed(offer.origin, offer.host, options.origins ?? 'same-host', isSecure)
  ) {
    throw refuse(socket, new HandshakeError('ORIGIN_REFUSED', 'Origin not allowed', { status: 403, headers }));
  }
  if (options.headerVerify !== undefined) {
    const verified = await withDeadline(options.headerVerify(headers, request), settings.handshakeTimeout);
    if (verified === undefined) {
      throw refuse(socket, new HandshakeError('TIMEOUT', 'Handshake timed out', { status: 408, headers }));
    }
    if (!verified) {
      throw refuse(socket, new HandshakeError('UNVERIFIED', 'Not authorized', { status: 401, headers }));
    }
  }
  if (socket.destroyed || !socket.writable) {
    throw new HandshakeError('DISCONNECTED', 'the client left during the handshake', { headers });
  }
  const agreements = agree(
    () => answerExtensions(compression === undefined ? [] : [compression.support], offer.extensions),
    socket,
    headers,
  );
  const negotiated = {
    protocol: selectProtocol(offer.protocols, options.protocols ?? []),
    extensions: agreements.map(({ extension }) => extension),
  };
  const agreement = compression && settingsOf(agreements, compression.support);
  socket.write(respond(offer, negotiated, options), 'latin1');
  return new Connection({
    platform: nodePlatform,
    transport: new SocketTransport(socket, head),
    settings,
    negotiated,
    isClient: false,
    codec: agreement && compression?.codec(agreement),
  });
}

function respond(
  offer: RequestOffer,
  negotiated: { protocol: string; extensions: Parameters<typeof buildResponse>[0]['extensions'] },
  options: ConnectionOptions,
): string {
  const { magicKey } = options;
  return buildResponse({
    key: offer.key,
    protocol: negotiated.protocol,
    extensions: negotiated.extensions ?? [],
    ...(magicKey === undefined ? {} : { magicKey }),
  });
}

function agree<T>(negotiate: () => T, socket: Duplex, headers: HeaderMap): T {
  try {
    return negotiate();
  } catch (error) {
    if (!(error instanceof HandshakeFailure)) throw error;
    const { code, message, status = 400 } = error;
    throw refuse(socket, new HandshakeError(code, message, { status, headers }, { cause: error }));
  }
}

// Answers with the error's status and closes the socket. Returns the error.
function refuse(socket: Duplex, error: HandshakeError, headers: Readonly<Record<string, string>> = {}): HandshakeError {
  if (socket.writable) socket.end(buildRefusal(error.status ?? 400, error.message, headers), 'latin1');
  // A client that does not close its side must not keep the socket.
  const timer = after(1000, () => socket.destroy());
  socket.once('close', () => timer.cancel());
  socket.resume();
  return error;
}

// What `promise` resolves to, or undefined when that takes more than `ms`.
function withDeadline<T>(promise: T | Promise<T>, ms: number): T | Promise<T | undefined> {
  if (!(promise instanceof Promise)) return promise;
  return new Promise((resolve, reject) => {
    const timer = after(ms, () => resolve(undefined));
    promise.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
