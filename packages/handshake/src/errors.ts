import type { HeaderMap } from './headers.js';

/** What a peer did wrong in its part of the opening handshake. The strings are stable. */
export type HandshakeFailureCode =
  /** An HTTP message head that breaks the grammar of RFC 9112. */
  | 'BAD_HEAD'
  /** An HTTP message head above one of its limits: bytes, lines, or bytes of one line. */
  | 'HEAD_TOO_LARGE'
  /** The server answered with a status other than 101. */
  | 'BAD_STATUS'
  /** The server answered in a version of HTTP below 1.1. */
  | 'BAD_HTTP_VERSION'
  /** `Upgrade` missing or not `websocket`. */
  | 'BAD_UPGRADE'
  /** `Connection` without the token `upgrade`. */
  | 'BAD_CONNECTION'
  /** `Sec-WebSocket-Accept` missing, repeated or not the value expected. */
  | 'BAD_ACCEPT'
  /** `Sec-WebSocket-Protocol` malformed, or a sub-protocol that was not offered. */
  | 'BAD_PROTOCOL'
  /** `Sec-WebSocket-Extensions` malformed, or an extension with parameters that make no sense. */
  | 'BAD_EXTENSIONS'
  /** The server took up an extension that was not offered. */
  | 'UNSOLICITED_EXTENSION'
  /** The server took up one extension twice, or two extensions that claim the same RSV bit. */
  | 'EXTENSION_CONFLICT';

/** What a {@link HandshakeFailure} may carry in addition to its code and message. */
export interface HandshakeFailureDetail {
  /** On a client the status that was received, on a server the status to answer with. */
  readonly status?: number;
  /** The header fields that were received, if the whole head was received. */
  readonly headers?: HeaderMap;
}

/** The peer broke the protocol in its part of the opening handshake (RFC 6455 §4). */
export class HandshakeFailure extends Error {
  override readonly name = 'HandshakeFailure';
  /** Which rule was broken. */
  readonly code: HandshakeFailureCode;
  /** On a client the status that was received, on a server the status to answer with; `undefined` if there is none. */
  readonly status: number | undefined;
  /** The header fields that were received; `undefined` unless the whole head was received. */
  readonly headers: HeaderMap | undefined;

  constructor(code: HandshakeFailureCode, message: string, detail: HandshakeFailureDetail = {}) {
    super(message);
    this.code = code;
    this.status = detail.status;
    this.headers = detail.headers;
  }
}

/** Which argument of the caller was wrong. The strings are stable. */
export type HeaderErrorCode =
  /** A header name that is not an HTTP token. */
  | 'INVALID_HEADER_NAME'
  /** A header value with CR, LF, NUL, another control character, or one above U+00FF. */
  | 'INVALID_HEADER_VALUE'
  /** A header that the handshake itself writes, or that would give the message a body. */
  | 'RESERVED_HEADER'
  /** A header that may stand in a message only once was given twice. */
  | 'DUPLICATE_HEADER'
  /** A request target that is not a path, or holds a space, `#` or a character outside ASCII. */
  | 'INVALID_PATH'
  /** A `Host` that is empty or could not stand in a URL. */
  | 'INVALID_HOST'
  /** A `Sec-WebSocket-Key` that is not the base64 of 16 bytes. */
  | 'INVALID_KEY'
  /** A sub-protocol that is not a token, or is listed twice. */
  | 'INVALID_PROTOCOL'
  /** An extension or parameter not made of tokens, an extension given twice, or RSV bits that do not exist. */
  | 'INVALID_EXTENSION'
  /** A refusal with a status outside 300–599, or with a reason that is not one line of ASCII. */
  | 'INVALID_STATUS'
  /** A user name with a colon or a control character, or a password with a control character. */
  | 'INVALID_CREDENTIALS'
  /** An option that does not exist, or options that are no object. */
  | 'INVALID_OPTIONS'
  /** A limit that is not a positive integer. */
  | 'INVALID_LIMIT'
  /** A head parser was fed after it had returned its head. */
  | 'PARSER_DONE';

/** The caller passed an argument that would have made a malformed or misleading handshake. */
export class HeaderError extends TypeError {
  override readonly name = 'HeaderError';
  /** Which argument was wrong. */
  readonly code: HeaderErrorCode;

  constructor(code: HeaderErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes text from a peer safe for an error message: quotes it, escapes it and cuts it to at most 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
