import { computeAccept, isValidKey } from './accept.js';
import { checkNames, type OptionNames } from './check-names.js';
import { HandshakeFailure, type HandshakeFailureCode, HeaderError, quote } from './errors.js';
import { type Extension, formatExtensions, parseExtensions } from './extensions.js';
import { FieldWriter, isHandshakeField, isRefusalField } from './fields.js';
import type { ResponseHead } from './head.js';
import type { HeaderMap, HeaderRecord } from './headers.js';
import { checkAnswered, type Negotiated } from './negotiated.js';
import { formatProtocols } from './protocols.js';
import { isHttp11 } from './request.js';
import { hasToken, isToken } from './tokens.js';

/** The parts of a server's 101 response. */
export interface ResponseOptions {
  /** The `Sec-WebSocket-Key` of the request. */
  readonly key: string;
  /** Replaces the GUID of RFC 6455 §1.3, which is the default. */
  readonly magicKey?: string | Uint8Array;
  /** The selected sub-protocol; `''`, the default, for none. */
  readonly protocol?: string;
  /** The agreed extensions, in order. */
  readonly extensions?: readonly Extension[];
  /** Further headers; none that the handshake itself writes. */
  readonly extraHeaders?: HeaderRecord;
}

/** What a client checks a response against. */
export interface ResponseExpectation {
  /** The `Sec-WebSocket-Key` that was sent. */
  readonly key: string;
  /** Replaces the GUID of RFC 6455 §1.3, which is the default. */
  readonly magicKey?: string | Uint8Array;
  /** The sub-protocols that were offered, one or several. */
  readonly protocols?: string | readonly string[];
  /** The extensions that were offered. */
  readonly offeredExtensions?: readonly Extension[];
}

/** The result of checking a response: what was negotiated, or why the connection fails. */
export type ResponseResult =
  | { readonly ok: true; readonly negotiated: Negotiated }
  | { readonly ok: false; readonly failure: HandshakeFailure };

const RESPONSE_NAMES: OptionNames<ResponseOptions> = {
  key: true,
  magicKey: true,
  protocol: true,
  extensions: true,
  extraHeaders: true,
};

const EXPECTATION_NAMES: OptionNames<ResponseExpectation> = {
  key: true,
  magicKey: true,
  protocols: true,
  offeredExtensions: true,
};

/**
 * The reason phrases that refusals are likely to need (RFC 9110 §15). Any other status gets an empty one, as allowed.
 */
const PHRASES: ReadonlyMap<number, string> = new Map([
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [307, 'Temporary Redirect'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [421, 'Misdirected Request'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
]);

/**
 * Server: builds the 101 that opens the connection (RFC 6455 §4.2.2). One character is one byte, so it has to be
 * written as latin1.
 * @throws {HeaderError} if an option may not stand in the response, or does not exist.
 */
export function buildResponse(options: ResponseOptions): string {
  checkNames(options, RESPONSE_NAMES);
  const { key, magicKey, protocol = '', extensions = [], extraHeaders = {} } = options;
  if (!isValidKey(key)) throw new HeaderError('INVALID_KEY', `the key ${quote(key)} is not the base64 of 16 bytes`);
  const writer = new FieldWriter('HTTP/1.1 101 Switching Protocols');
  writer.set('Upgrade', 'websocket');
  writer.set('Connection', 'Upgrade');
  writer.set('Sec-WebSocket-Accept', computeAccept(key, magicKey));
  if (protocol !== '') writer.set('Sec-WebSocket-Protocol', formatProtocols([protocol]));
  if (extensions.length > 0) writer.set('Sec-WebSocket-Extensions', formatExtensions(extensions));
  writer.setAll(extraHeaders, isHandshakeField);
  return writer.toString();
}

/**
 * Server: builds an answer that refuses the connection, which has to be closed afterwards (RFC 6455 §4.2.2). The body
 * is the reason in one line. One character is one byte, so it has to be written as latin1.
 * @throws {HeaderError} `INVALID_STATUS` for a status outside 300–599 or a reason that is not one line of ASCII;
 * another code if a header may not stand in the response.
 */
export function buildRefusal(status: number, reason: string, headers: HeaderRecord = {}): string {
  const head = buildRefusalHead(status, reason.length + 1, headers);
  if (!/^[\x20-\x7e]*$/.test(reason)) {
    throw new HeaderError('INVALID_STATUS', `the reason ${quote(reason)} is not one line of ASCII`);
  }
  return `${head}${reason}\n`;
}

/**
 * Server: builds the head of an answer as `buildRefusal` does, for a body of one's own: plain text in UTF-8, unless
 * `headers` has another `Content-Type`. One character is one byte, so it has to be written as latin1.
 * @param bodyLength bytes of the body, which follow.
 * @throws {HeaderError} `INVALID_STATUS` for a status outside 300–599; another code if a header may not stand in the
 * response.
 */
export function buildRefusalHead(status: number, bodyLength: number, headers: HeaderRecord = {}): string {
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new HeaderError('INVALID_STATUS', `the status ${status} is not one of a refusal, allowed are 300 to 599`);
  }
  const writer = new FieldWriter(`HTTP/1.1 ${status} ${PHRASES.get(status) ?? ''}`);
  // RFC 9110 §7.8: a message with Upgrade, which a 426 must have, names it in Connection.
  const upgrade = Object.keys(headers).some((name) => name.toLowerCase() === 'upgrade');
  writer.set('Connection', upgrade ? 'close, Upgrade' : 'close');
  writer.set('Content-Type', 'text/plain; charset=utf-8');
  writer.set('Content-Length', String(bodyLength));
  // The reason may quote what the client has sent: no browser may take it for a page.
  writer.set('X-Content-Type-Options', 'nosniff');
  writer.setAll(headers, isRefusalField);
  return writer.toString();
}

/**
 * Client: checks whether a response opens the connection (RFC 6455 §4.1), and returns what it agreed on. Every
 * extension in the result was offered and is listed once; `acceptExtensions` checks their parameters. Never throws
 * because of the response.
 * @throws {HeaderError} `INVALID_OPTIONS` if something is expected that does not exist.
 */
export function checkResponse(head: ResponseHead, expected: ResponseExpectation): ResponseResult {
  checkNames(expected, EXPECTATION_NAMES);
  const { status, headers } = head;
  const fail = (code: HandshakeFailureCode, message: string): ResponseResult => ({
    ok: false,
    failure: new HandshakeFailure(code, message, { status, headers }),
  });
  if (status !== 101) {
    const version = headers.get('sec-websocket-version');
    // RFC 6455 §4.4: a server that does not support version 13 lists the versions that it does.
    const wants = version === undefined ? '' : `; the server wants Sec-WebSocket-Version ${quote(version)}`;
    return fail('BAD_STATUS', `the server answered with status ${status}, expected 101${wants}`);
  }
  if (!isHttp11(head.version)) {
    return fail('BAD_HTTP_VERSION', `the server answered in HTTP/${head.version}, expected HTTP/1.1`);
  }
  const upgrade = headers.get('upgrade');
  if (upgrade?.toLowerCase() !== 'websocket') {
    return fail('BAD_UPGRADE', `the Upgrade header is ${show(upgrade)}, expected "websocket"`);
  }
  const connection = headers.get('connection');
  if (!hasToken(connection ?? '', 'upgrade')) {
    return fail('BAD_CONNECTION', `the Connection header is ${show(connection)}, expected "Upgrade"`);
  }
  const accept = headers.get('sec-websocket-accept');
  const wanted = computeAccept(expected.key, expected.magicKey);
  if (accept !== wanted) {
    const message = `the Sec-WebSocket-Accept header is ${show(accept)}, expected "${wanted}"`;
    return fail('BAD_ACCEPT', accept === undefined ? message : `${message}; do both ends have the same magicKey?`);
  }
  try {
    const protocol = acceptedProtocol(headers, [expected.protocols ?? []].flat());
    const extensions = acceptedExtensions(headers, expected.offeredExtensions ?? []);
    return { ok: true, negotiated: { protocol, extensions } };
  } catch (error) {
    if (error instanceof HandshakeFailure) return fail(error.code, error.message);
    throw error;
  }
}

function acceptedProtocol(headers: HeaderMap, offered: readonly string[]): string {
  const protocols = headers.getAll('sec-websocket-protocol');
  const [protocol] = protocols;
  if (protocol === undefined) return '';
  // RFC 6455 §11.3.4: at most one such header in a response, naming one sub-protocol.
  if (protocols.length > 1 || !isToken(protocol)) {
    throw new HandshakeFailure(
      'BAD_PROTOCOL',
      `the Sec-WebSocket-Protocol header is ${quote(protocols.join(', '))}, expected at most one sub-protocol`,
    );
  }
  // RFC 6455 §4.1: a sub-protocol that the client did not offer fails the connection.
  if (!offered.includes(protocol)) {
    // What was offered is not quoted: a token may be among it, as pages can send one in no other header field.
    const offers = offered.length === 0 ? 'none was' : `of ${offered.length} that were`;
    throw new HandshakeFailure('BAD_PROTOCOL', `the sub-protocol ${quote(protocol)} was not offered (${offers})`);
  }
  return protocol;
}

function acceptedExtensions(headers: HeaderMap, offered: readonly Extension[]): Extension[] {
  const header = headers.get('sec-websocket-extensions');
  if (header === undefined) return [];
  const extensions = parseExtensions(header);
  checkAnswered(extensions, offered);
  return extensions;
}

function show(value: string | undefined): string {
  return value === undefined ? 'missing' : quote(value);
}
