import { HeaderError, quote } from './errors.js';
import { type HeaderRecord, headerFields } from './headers.js';
import { isToken } from './tokens.js';

/** Fields that frame a body. If a caller could set them, a peer might take frames for a body, or a body for frames. */
const FRAMING: readonly string[] = ['content-length', 'transfer-encoding', 'trailer'];

/** Fields that a message may have at most once (RFC 9112 §3.2, RFC 9110 §8.3, §10.2.2, §11.6.2, RFC 6454 §7.3). */
const SINGLE: readonly string[] = ['host', 'authorization', 'origin', 'content-type', 'location'];

/**
 * Whether the handshake itself writes this header (lower case) in a request or a 101, so that a caller may not set it.
 */
export function isHandshakeField(name: string): boolean {
  return name === 'upgrade' || name === 'connection' || name.startsWith('sec-websocket-') || FRAMING.includes(name);
}

/** Whether a refusal itself writes this header (lower case), so that a caller may not set it. */
export function isRefusalField(name: string): boolean {
  return name === 'connection' || FRAMING.includes(name);
}

/**
 * Builds the head of an HTTP message from a start line and header fields.
 *
 * - Every name is a token, and no value holds a line end or another control character but a tab (RFC 9110 §5.1, §5.5):
 *   a caller's text cannot add lines to the head.
 * - A name that is set again keeps its first place.
 */
export class FieldWriter {
  readonly #startLine: string;
  readonly #lines = new Map<string, string>();

  /** @param startLine a line that the caller has checked. */
  constructor(startLine: string) {
    this.#startLine = startLine;
  }

  /**
   * Sets a field, and replaces all fields of the same name.
   * @throws {HeaderError} `INVALID_HEADER_NAME` or `INVALID_HEADER_VALUE`.
   */
  set(name: string, value: string): void {
    this.#lines.set(name.toLowerCase(), fieldLine(name, value));
  }

  /**
   * Sets the fields that a caller gave, and replaces all fields of the same names. A name whose value is an array, or
   * that is given in more than one spelling, is written once for each value.
   * @throws {HeaderError} as `set`; `RESERVED_HEADER` for a name (lower case) that is `reserved`, `DUPLICATE_HEADER`
   * for a second `Host`, `Authorization` or `Origin`.
   */
  setAll(record: HeaderRecord, reserved: (name: string) => boolean): void {
    const given = new Map<string, string>();
    for (const [name, value] of headerFields(record)) {
      const key = name.toLowerCase();
      if (reserved(key)) {
        throw new HeaderError(
          'RESERVED_HEADER',
          `the header ${quote(name)} belongs to the handshake, it cannot be set`,
        );
      }
      const before = given.get(key);
      if (before !== undefined && SINGLE.includes(key)) {
        throw new HeaderError('DUPLICATE_HEADER', `the header ${quote(name)} can be given only once`);
      }
      given.set(key, (before ?? '') + fieldLine(name, value));
    }
    for (const [key, lines] of given) this.#lines.set(key, lines);
  }

  /** The whole head with the empty line at its end. One character is one byte, so it has to be written as latin1. */
  toString(): string {
    return `${this.#startLine}\r\n${[...this.#lines.values()].join('')}\r\n`;
  }
}

function fieldLine(name: string, value: string): string {
  if (!isToken(name)) throw new HeaderError('INVALID_HEADER_NAME', `the header name ${quote(name)} is not a token`);
  if (!isFieldValue(value)) {
    throw new HeaderError(
      'INVALID_HEADER_VALUE',
      `the header ${quote(name)} has a value with CR, LF, NUL, another control character or one above U+00FF`,
    );
  }
  return `${name}: ${value}\r\n`;
}

/**
 * Whether a value may stand in a header field: tabs, and codes 0x20–0xFF except 0x7F (RFC 9110 §5.5). A character above
 * U+00FF, written as one byte, would become another one, such as a line feed for U+010A.
 */
function isFieldValue(value: string): boolean {
  if (typeof value !== 'string') return false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}
