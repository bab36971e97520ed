import { isValidKey } from './accept.js';
import { checkNames, type OptionNames } from './check-names.js';
import { HandshakeFailure, HeaderError, quote } from './errors.js';
import { type Extension, formatExtensions, parseExtensions } from './extensions.js';
import { FieldWriter, isHandshakeField } from './fields.js';
import type { RequestHead } from './head.js';
import type { HeaderRecord } from './headers.js';
import { formatProtocols, parseProtocols } from './protocols.js';
import { parseTarget } from './target.js';
import { hasToken } from './tokens.js';

/** The parts of a client's request. */
export interface RequestOptions {
  /** The `Host`: name or address, with the port unless it is the scheme's default. */
  readonly host: string;
  /** Path and query, such as `/chat?room=1`. */
  readonly path: string;
  /** The `Sec-WebSocket-Key`, see `createKey`. */
  readonly key: string;
  /** Sub-protocols offered, one or several in order of preference. */
  readonly protocols?: string | readonly string[];
  /** Extensions offered, in order of preference. */
  readonly extensions?: readonly Extension[];
  /** The `Authorization` value, see `basicAuthorization`. */
  readonly authorization?: string;
  /** The `Origin` value. */
  readonly origin?: string;
  /** Further headers. They may replace `Host`, `Authorization` and `Origin`, nothing else of the handshake's own. */
  readonly extraHeaders?: HeaderRecord;
}

/** A request that a server may accept, and what it offers. */
export interface RequestOffer {
  readonly ok: true;
  /** The `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The requested host: the authority of a target in absolute form, otherwise the `Host` header (RFC 9112 §3.2.2). */
  readonly host: string;
  /** The requested path in normal form: see `normalizePath`. */
  readonly path: string;
  /** The `Origin`, `undefined` if the request has none. */
  readonly origin: string | undefined;
  /** Sub-protocols offered, in the client's order of preference. */
  readonly protocols: readonly string[];
  /** Extensions offered, in the client's order of preference, duplicates included. */
  readonly extensions: readonly Extension[];
}

/** A request that a server must refuse, and the answer that refuses it: see `buildRefusal`. */
export interface RequestRefusal {
  readonly ok: false;
  /** The status to answer with. */
  readonly status: number;
  /** One line for the peer, without internals. */
  readonly reason: string;
  /** Headers that the answer must have. */
  readonly headers: Readonly<Record<string, string>>;
}

const REQUEST_NAMES: OptionNames<RequestOptions> = {
  host: true,
  path: true,
  key: true,
  protocols: true,
  extensions: true,
  authorization: true,
  origin: true,
  extraHeaders: true,
};

/** A 426 must have `Upgrade` (RFC 9110 §15.5.22) and name the version that the server supports (RFC 6455 §4.4). */
const UPGRADE_HEADERS = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };

/**
 * Client: builds the request of the opening handshake (RFC 6455 §4.1). One character is one byte, so it has to be
 * written as latin1.
 * @throws {HeaderError} if an option may not stand in the request, or does not exist.
 */
export function buildRequest(options: RequestOptions): string {
  checkNames(options, REQUEST_NAMES);
  const { host, path, key, protocols = [], extensions = [], authorization, origin, extraHeaders = {} } = options;
  if (!/^\/[\x21\x22\x24-\x7e]*$/.test(path)) {
    throw new HeaderError('INVALID_PATH', `the path ${quote(path)} must begin with / and be ASCII without space or #`);
  }
  if (!isValidKey(key)) throw new HeaderError('INVALID_KEY', `the key ${quote(key)} is not the base64 of 16 bytes`);

  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:\d{1,5})?$/.test(host)) {
    throw new HeaderError('INVALID_HOST', `the host ${quote(host)} is not a name or address with an optional port`);
  }

  const writer = new FieldWriter(`GET ${path} HTTP/1.1`);
  writer.set('Host', host);
  writer.set('Upgrade', 'websocket');
  writer.set('Connection', 'Upgrade');
  writer.set('Sec-WebSocket-Key', key);
  writer.set('Sec-WebSocket-Version', '13');
  if (protocols.length > 0) writer.set('Sec-WebSocket-Protocol', formatProtocols([protocols].flat()));
  if (extensions.length > 0) writer.set('Sec-WebSocket-Extensions', formatExtensions(extensions));
  if (origin !== undefined) writer.set('Origin', origin);
  if (authorization !== undefined) writer.set('Authorization', authorization);
  writer.setAll(extraHeaders, isHandshakeField);
  return writer.toString();
}

/**
 * Server: reads an opening handshake, or tells how to refuse a request that is not one (RFC 6455 §4.2.1). Never throws.
 */
export function checkRequest(head: RequestHead): RequestOffer | RequestRefusal {
  const { method, headers } = head;
  if (method !== 'GET') return refusal(405, 'The method must be GET', { Allow: 'GET' });
  if (!isHttp11(head.version)) return refusal(400, 'HTTP/1.1 is required');
  if (!hasToken(headers.get('upgrade') ?? '', 'websocket')) {
    return refusal(426, 'The Upgrade header must name websocket', UPGRADE_HEADERS);
  }
  // RFC 9110 §7.8: an Upgrade that Connection does not name counts as absent.
  if (!hasToken(headers.get('connection') ?? '', 'upgrade')) {
    return refusal(426, 'The Connection header must name upgrade', UPGRADE_HEADERS);
  }
  const target = parseTarget(head.target);
  if (target === undefined) return refusal(400, 'The request target must be a path or a URL');
  const host = headers.getAll('host');
  // RFC 9112 §3.2: a request has exactly one Host.
  if (host.length !== 1 || host[0] === '') return refusal(400, 'One Host header is required');
  // A handshake has no body. If one were announced, a proxy could take for a body what this server reads as frames.
  if (headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0') {
    return refusal(400, 'The request must not have a body');
  }
  // RFC 6455 §4.4: the version comes before everything that depends on it. A client of another version may retry with
  // 13.
  if (headers.get('sec-websocket-version') !== '13') {
    return refusal(426, 'The Sec-WebSocket-Version header must be 13', UPGRADE_HEADERS);
  }
  const keys = headers.getAll('sec-websocket-key');
  // RFC 6455 §11.3.1: the key must not appear more than once.
  if (keys.length !== 1 || !isValidKey(keys[0] as string)) {
    return refusal(400, 'One Sec-WebSocket-Key header with the base64 of 16 bytes is required');
  }
  const origins = headers.getAll('origin');
  if (origins.length > 1) return refusal(400, 'There must not be more than one Origin header');

  const protocolHeader = headers.get('sec-websocket-protocol');
  const protocols = protocolHeader === undefined ? [] : parseProtocols(protocolHeader);
  if (protocols === undefined) {
    return refusal(400, 'The Sec-WebSocket-Protocol header must list tokens, each once');
  }
  const extensions = offeredExtensions(headers.get('sec-websocket-extensions'));
  if (extensions === undefined) return refusal(400, 'The Sec-WebSocket-Extensions header is malformed');
  return {
    ok: true,
    key: keys[0] as string,
    host: target.authority ?? (host[0] as string),
    path: target.path,
    origin: origins[0],
    protocols,
    extensions,
  };
}

/** Whether an HTTP version, such as `1.1`, is at least 1.1 (RFC 6455 §4.2.1 item 1). */
export function isHttp11(version: string): boolean {
  return /^\d\.\d$/.test(version) && version >= '1.1';
}

/** The extensions of a request, `undefined` if they are malformed. */
function offeredExtensions(header: string | undefined): Extension[] | undefined {
  try {
    return header === undefined ? [] : parseExtensions(header);
  } catch (error) {
    if (error instanceof HandshakeFailure) return undefined;
    throw error;
  }
}

function refusal(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): RequestRefusal {
  return { ok: false, status, reason, headers };
}
