import { HeaderError, quote } from './errors.js';
import { isToken, parseTokenList } from './tokens.js';

/**
 * The sub-protocols of a client's `Sec-WebSocket-Protocol` value (repeated headers joined with a comma), in the
 * client's order of preference; `undefined` if one is not a token or is listed twice (RFC 6455 §4.1 item 10, §11.3.4).
 */
export function parseProtocols(header: string): string[] | undefined {
  const protocols = parseTokenList(header);
  if (protocols === undefined || new Set(protocols).size !== protocols.length) return undefined;
  return protocols;
}

/**
 * Server: the first of `supported`, one or several in the server's order of preference, that the client offered; `''` if
 * there is none (RFC 6455 §4.2.2 step 5). Names compare exactly.
 */
export function selectProtocol(offered: readonly string[], supported: string | readonly string[]): string {
  const offers = new Set(offered);
  return [supported].flat().find((protocol) => offers.has(protocol)) ?? '';
}

/**
 * The value of a client's `Sec-WebSocket-Protocol` header (RFC 6455 §4.1 item 10).
 * @throws {HeaderError} `INVALID_PROTOCOL` if a sub-protocol is not a token or is listed twice.
 */
export function formatProtocols(protocols: readonly string[]): string {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (!isToken(protocol)) {
      throw new HeaderError('INVALID_PROTOCOL', `the sub-protocol ${quote(protocol)} is not a token`);
    }
    if (seen.has(protocol)) {
      throw new HeaderError('INVALID_PROTOCOL', `the sub-protocol ${quote(protocol)} is listed twice`);
    }
    seen.add(protocol);
  }
  return protocols.join(', ');
}
