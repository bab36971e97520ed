import { HandshakeFailure, HeaderError, quote } from './errors.js';
import { isSpaceCode, isToken, isTokenCode } from './tokens.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** One parameter of an extension; the value `true` stands for a parameter without a value (RFC 6455 §9.1). */
export interface ExtensionParam {
  readonly name: string;
  readonly value: string | true;
}

/**
 * One extension as offered or accepted (RFC 6455 §9.1). Repeated parameters are kept: the extension itself judges them.
 */
export interface Extension {
  readonly name: string;
  readonly params: readonly ExtensionParam[];
}

/**
 * Parses a `Sec-WebSocket-Extensions` value, in which repeated headers are joined with a comma. The order and
 * duplicates are kept, and quoted values are returned without their quotes. The time is linear in the length of the
 * header.
 * @throws {HandshakeFailure} `BAD_EXTENSIONS`, status 400, if the grammar of RFC 6455 §9.1 is broken.
 */
export function parseExtensions(header: string): Extension[] {
  const list: Extension[] = [];
  let position = 0;
  /** Skips white space and returns the character code at the new position; NaN at the end. */
  const peek = (): number => {
    while (isSpaceCode(header.charCodeAt(position))) position++;
    return header.charCodeAt(position);
  };
  const token = (): string => {
    peek();
    const start = position;
    while (isTokenCode(header.charCodeAt(position))) position++;
    if (position === start) throw malformed(`expected a token at position ${start}`);
    return header.slice(start, position);
  };
  const quoted = (): string => {
    const start = position++;
    let value = '';
    for (;;) {
      let code = header.charCodeAt(position++);
      if (code === QUOTE) break;
      if (code === BACKSLASH) code = header.charCodeAt(position++);
      // RFC 6455 §9.1: the value after unescaping must itself be a token. At the end the code is NaN, which is refused
      // too.
      if (!isTokenCode(code)) throw malformed(`the quoted value at position ${start} is not a token`);
      value += String.fromCharCode(code);
    }
    if (value === '') throw malformed(`the quoted value at position ${start} is empty`);
    return value;
  };

  while (position < header.length) {
    const next = peek();
    // RFC 9110 §5.6.1.2: empty elements of a list are skipped, since merging headers may produce them.
    if (next === COMMA) {
      position++;
      continue;
    }
    if (Number.isNaN(next)) break;
    const name = token();
    const params: ExtensionParam[] = [];
    while (peek() === SEMICOLON) {
      position++;
      const param = token();
      let value: string | true = true;
      if (peek() === EQUALS) {
        position++;
        value = peek() === QUOTE ? quoted() : token();
      }
      params.push({ name: param, value });
    }
    const end = peek();
    if (!Number.isNaN(end) && end !== COMMA) throw malformed(`unexpected character at position ${position}`);
    list.push({ name, params });
  }
  // RFC 6455 §9.1: the list is 1#extension, so a header without any extension is malformed.
  if (list.length === 0) throw malformed('the list is empty');
  return list;
}

/**
 * Formats a list as the value of a `Sec-WebSocket-Extensions` header, `''` for an empty list; `parseExtensions` reads
 * it.
 * @throws {HeaderError} `INVALID_EXTENSION` if a name or a value is not a token (RFC 6455 §9.1).
 */
export function formatExtensions(list: readonly Extension[]): string {
  return list.map(formatExtension).join(', ');
}

function formatExtension(extension: Extension): string {
  let text = checkedToken(extension.name);
  for (const { name, value } of extension.params) {
    text += value === true ? `; ${checkedToken(name)}` : `; ${checkedToken(name)}=${checkedToken(value)}`;
  }
  return text;
}

function checkedToken(token: string): string {
  if (!isToken(token)) {
    throw new HeaderError('INVALID_EXTENSION', `${quote(token)} is not a token and cannot stand in an extension`);
  }
  return token;
}

function malformed(detail: string): HandshakeFailure {
  return new HandshakeFailure('BAD_EXTENSIONS', `malformed Sec-WebSocket-Extensions: ${detail}`, { status: 400 });
}
