import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkRequest, HeaderMap, hasToken } from '@webson/handshake';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { SocketTransport } from '../socket/transport.js';

/**
 * True for a request that asks for a WebSocket. An upgrade to another protocol is ignored (RFC 9110 §7.8): the request is
 * treated as an ordinary one, with its body. The same holds for a request that lists WebSocket among other protocols, unless it
 * is a valid opening handshake (RFC 6455 §4.2.1).
 */
export function isWebSocketUpgrade(request: IncomingMessage): boolean {
  if (asksForWebSocketOnly(request.rawHeaders)) return true;
  const headers = HeaderMap.fromRaw(request.rawHeaders);
  const upgrade = headers.get('upgrade') ?? '';
  if (!hasToken(upgrade, 'websocket')) return false;
  if (upgrade.toLowerCase() === 'websocket') return true;
  const { method = '', url: target = '', httpVersion: version } = request;
  return checkRequest({ method, target, version, headers }).ok;
}

// True for nearly all upgrades. This check takes a tenth of the time of the complete one.
function asksForWebSocketOnly(rawHeaders: readonly string[]): boolean {
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

/** Node's own default of `maxHeadersCount`. */
const DEFAULT_MAX_HEADERS_COUNT = 1000;

/**
 * True when the request may have had more header fields than `rawHeaders` has: Node silently drops the fields after
 * `maxHeadersCount`, or a few more.
 */
export function mayBeTruncated({ rawHeaders, socket }: IncomingMessage): boolean {
  const { server } = socket as { server?: { maxHeadersCount?: number | null } };
  // `rawHeaders` holds names and values, so the limit is doubled, as Node does; 0 means no limit.
  const limit = (server?.maxHeadersCount ?? DEFAULT_MAX_HEADERS_COUNT) << 1;
  return limit > 0 && rawHeaders.length >= limit;
}

/**
 * True when the answer to an earlier request of the same connection is not written yet: the client has pipelined, and another
 * answer would be written into the middle of that one. Node documents no property for it.
 */
export function isAnswering({ socket }: IncomingMessage): boolean {
  return ((socket as { _httpMessage?: unknown })._httpMessage ?? undefined) !== undefined;
}

/** The error for an upgrade behind a request whose answer is not written yet. It has no status, as it cannot be answered. */
export function pipelinedError(): HandshakeError {
  return new HandshakeError('BAD_REQUEST', 'an upgrade was pipelined');
}

/**
 * True when somebody has the socket of an upgrade, or has ended it. A second answer would be written between the frames, and two
 * readers would share the incoming bytes.
 */
export function isInUse(socket: Duplex): boolean {
  if (SocketTransport.isOn(socket)) return true;
  if (socket.destroyed) return false;
  return socket.writableEnded || socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0;
}
