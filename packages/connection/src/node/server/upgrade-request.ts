import type { IncomingMessage } from 'node:http';
import { type HeaderMap, isHost, type RequestOffer, type RequestTarget } from '@webson/handshake';

/** A valid request for a WebSocket (RFC 6455 §4.1), as `authorize` and `protocols` of a server see it. */
export interface UpgradeRequest {
  /**
   * What the client has asked for: `ws:`, or `wss:` when it came over TLS; the host it has named, which is not to be trusted unless
   * the option `hosts` lists yours; the path in normal form, and the query.
   */
  readonly url: URL;
  /** The header fields, by name without regard to case. */
  readonly headers: HeaderMap;
  /** The sub-protocols that the client offers, in its order of preference. */
  readonly protocols: readonly string[];
  /** The address of the client, or of the last proxy on the way; undefined on a unix socket. */
  readonly remoteAddress?: string | undefined;
  /** The request as Node has it. */
  readonly raw: IncomingMessage;
  /**
   * Aborts when the client leaves, when `timeout.handshake` has passed, or when the server takes no more connections. A client that
   * has sent something after its request, before the answer, is not seen to leave: that is read later.
   */
  readonly signal: AbortSignal;
}

/** The parts of an {@link UpgradeRequest}. Undefined when the `Host` of the request could not stand in a URL. */
export function upgradeRequest(
  raw: IncomingMessage,
  target: RequestTarget,
  { host, protocols }: RequestOffer,
  headers: HeaderMap,
  isSecure: boolean,
  signal: AbortSignal,
): UpgradeRequest | undefined {
  const url = urlOfTarget(target, host, isSecure);
  if (url === undefined) return undefined;
  return { url, headers, protocols: [...protocols], remoteAddress: raw.socket.remoteAddress, raw, signal };
}

/** The URL of a request; undefined when its host could not stand in one. */
export function urlOfTarget(target: RequestTarget, host: string, isSecure: boolean): URL | undefined {
  const authority = target.authority ?? host;
  // A host with a slash or an @ in it would move the border between host and path.
  if (!isHost(authority)) return undefined;
  try {
    return new URL(`${isSecure ? 'wss' : 'ws'}://${authority}${target.path}${target.query}`);
  } catch {
    return undefined;
  }
}
