import { checkNames, type OptionNames } from './check-names.js';
import { HandshakeFailure, HeaderError } from './errors.js';
import { HeaderMap } from './headers.js';
import { isToken, trimSpace } from './tokens.js';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const DELETE = 0x7f;

/** What every status line begins with (RFC 9112 §4). */
const STATUS_LINE = 'HTTP/';

/** The head of an HTTP/1.1 request (RFC 9112 §3); in `node:http` it is method, url, httpVersion and rawHeaders. */
export interface RequestHead {
  readonly method: string;
  /** The request target as sent, such as `/chat?room=1`. */
  readonly target: string;
  /** `1.1` for `HTTP/1.1`. */
  readonly version: string;
  readonly headers: HeaderMap;
}

/** The head of an HTTP/1.1 response (RFC 9112 §4). */
export interface ResponseHead {
  /** `1.1` for `HTTP/1.1`. */
  readonly version: string;
  readonly status: number;
  /** The reason phrase, which has no meaning and is often empty. */
  readonly reason: string;
  readonly headers: HeaderMap;
}

/** Limits of the head of a message; each is a positive integer. */
export interface HeadLimits {
  /** Bytes of all lines together, line ends included; default 16384. */
  readonly maxBytes?: number;
  /** Lines, the start line included; default 128. */
  readonly maxLines?: number;
  /** Bytes of one line, its end not included; default 8192. */
  readonly maxLineLength?: number;
}

const LIMIT_NAMES: OptionNames<HeadLimits> = { maxBytes: true, maxLines: true, maxLineLength: true };

interface RawHead {
  readonly startLine: string;
  readonly headers: HeaderMap;
}

/** Reads the head of a request from chunks of any size (RFC 9112 §2, §3). */
export class RequestHeadParser {
  readonly #reader: HeadReader;

  /** @throws {HeaderError} `INVALID_LIMIT`, `INVALID_OPTIONS`. */
  constructor(limits: HeadLimits = {}) {
    this.#reader = new HeadReader(limits, 400);
  }

  /**
   * Reads the next bytes. Returns the head once it is complete.
   * @throws {HandshakeFailure} `BAD_HEAD` (status 400) or `HEAD_TOO_LARGE` (status 431); the same on every later call.
   * @throws {HeaderError} `PARSER_DONE` when called after it returned the head.
   */
  push(chunk: Uint8Array): RequestHead | undefined {
    const raw = this.#reader.push(chunk);
    if (raw === undefined) return undefined;
    const match = /^([^ ]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d\.\d)$/.exec(raw.startLine);
    if (match === null || !isToken(match[1] as string)) throw this.#reader.fail('the request line is malformed');
    return {
      method: match[1] as string,
      target: match[2] as string,
      version: match[3] as string,
      headers: raw.headers,
    };
  }

  /** The bytes after the head: a view of the chunk that completed it, empty before. */
  get rest(): Uint8Array {
    return this.#reader.rest;
  }
}

/** Reads the head of a response from chunks of any size. Interim responses (1xx except 101) before it are skipped. */
export class ResponseHeadParser {
  readonly #reader: HeadReader;

  /** The limits cover interim responses and the head together. @throws {HeaderError} As RequestHeadParser. */
  constructor(limits: HeadLimits = {}) {
    this.#reader = new HeadReader(limits, undefined);
  }

  /**
   * Reads the next bytes. Returns the head once it is complete.
   * @throws {HandshakeFailure} `BAD_HEAD` or `HEAD_TOO_LARGE`; the same on every later call.
   * @throws {HeaderError} `PARSER_DONE` when called after it returned the head.
   */
  push(chunk: Uint8Array): ResponseHead | undefined {
    let raw = this.#reader.push(chunk);
    while (raw !== undefined) {
      // RFC 9112 §4: the reason phrase is ignored and may be empty, and some servers leave out the space before it.
      const match = /^HTTP\/(\d\.\d) (\d{3})(?: (.*))?$/.exec(raw.startLine);
      if (match === null) throw this.#reader.fail('the status line is malformed');
      const status = Number(match[2]);
      // RFC 9110 §15.2: a client must be able to read any number of 1xx responses before the final one.
      if (status < 100 || status > 199 || status === 101) {
        return { version: match[1] as string, status, reason: match[3] ?? '', headers: raw.headers };
      }
      raw = this.#reader.next();
    }
    return undefined;
  }

  /** The bytes after the head: a view of the chunk that completed it, empty before. */
  get rest(): Uint8Array {
    return this.#reader.rest;
  }
}

/**
 * Cuts bytes into the lines of one message head after another.
 *
 * - Each byte is looked at once, and counts against the limits before it is stored.
 * - Only CRLF ends a line; a lone CR or LF, or another control character, is a fault (RFC 9112 §2.2).
 * - A fault is final: every later `push` throws it again.
 */
class HeadReader {
  readonly #maxBytes: number;
  readonly #maxLines: number;
  readonly #maxLineLength: number;
  /** The status to answer a fault in the grammar with; `undefined` on a client, which does not answer. */
  readonly #status: number | undefined;
  #lineBytes = new Uint8Array(256);
  #lineLength = 0;
  #afterCr = false;
  #byteCount = 0;
  #lineCount = 0;
  #startLine: string | undefined;
  #fields: [name: string, value: string][] = [];
  #failure: HandshakeFailure | undefined;
  #done = false;
  rest: Uint8Array = new Uint8Array(0);

  constructor(limits: HeadLimits, status: number | undefined) {
    checkNames(limits, LIMIT_NAMES);
    const { maxBytes = 16384, maxLines = 128, maxLineLength = 8192 } = limits;
    this.#maxBytes = limit('maxBytes', maxBytes);
    this.#maxLines = limit('maxLines', maxLines);
    this.#maxLineLength = limit('maxLineLength', maxLineLength);
    this.#status = status;
  }

  push(chunk: Uint8Array): RawHead | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#done) throw new HeaderError('PARSER_DONE', 'the head is complete, later bytes are not for its parser');
    return this.#read(chunk);
  }

  /** Reads the next head from the bytes behind the one that was just returned. */
  next(): RawHead | undefined {
    const { rest } = this;
    this.rest = new Uint8Array(0);
    this.#done = false;
    this.#startLine = undefined;
    this.#fields = [];
    return this.#read(rest);
  }

  /** Keeps and returns the failure for a fault in the grammar, after which the parser cannot go on. */
  fail(detail: string): HandshakeFailure {
    this.#failure = new HandshakeFailure(
      'BAD_HEAD',
      `malformed HTTP head: ${detail}`,
      this.#status === undefined ? {} : { status: this.#status },
    );
    return this.#failure;
  }

  #read(chunk: Uint8Array): RawHead | undefined {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (++this.#byteCount > this.#maxBytes) throw this.#tooLarge(`more than ${this.#maxBytes} bytes`);
      if (this.#afterCr) {
        // RFC 9112 §2.2: a CR without an LF is invalid. Accepting it as a line end would let requests be smuggled.
        if (byte !== LF) throw this.fail('a CR without LF');
        this.#afterCr = false;
        if (!this.#endLine()) continue;
        this.#done = true;
        this.rest = chunk.subarray(i + 1);
        return { startLine: this.#startLine as string, headers: new HeaderMap(this.#fields) };
      }
      if (byte === CR) {
        this.#afterCr = true;
      } else if ((byte < 0x20 && byte !== TAB) || byte === DELETE) {
        throw this.fail(byte === LF ? 'an LF without CR' : 'a control character');
      } else {
        this.#append(byte);
      }
    }
    return undefined;
  }

  #append(byte: number): void {
    // A server of another protocol says hello and waits: the end of its line may never come.
    if (this.#status === undefined && this.#startLine === undefined && this.#lineLength < STATUS_LINE.length) {
      if (byte !== STATUS_LINE.charCodeAt(this.#lineLength))
        throw this.fail('the first line does not begin with HTTP/');
    }
    if (this.#lineLength === this.#maxLineLength)
      throw this.#tooLarge(`a line of more than ${this.#maxLineLength} bytes`);
    if (this.#lineLength === this.#lineBytes.length) {
      const longer = new Uint8Array(this.#lineBytes.length * 2);
      longer.set(this.#lineBytes);
      this.#lineBytes = longer;
    }
    this.#lineBytes[this.#lineLength++] = byte;
  }

  /** Stores the line that has just ended. Returns true if it is the empty line at the end of the head. */
  #endLine(): boolean {
    if (this.#lineLength === 0) {
      if (this.#startLine !== undefined) return true;
      // RFC 9112 §2.2: a server should ignore at least one empty line before a request.
      if (this.#status !== undefined && this.#lineCount++ === 0) return false;
      throw this.fail('the start line is empty');
    }
    if (++this.#lineCount > this.#maxLines) throw this.#tooLarge(`more than ${this.#maxLines} lines`);
    const line = latin1(this.#lineBytes, this.#lineLength);
    this.#lineLength = 0;
    if (this.#startLine === undefined) {
      this.#startLine = line;
      return false;
    }
    // The check for a token also refuses a folded line, which begins with white space (RFC 9112 §5.2), and white space
    // before the colon (RFC 9112 §5.1).
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!isToken(name)) throw this.fail('a header line is malformed');
    this.#fields.push([name, trimSpace(line.slice(colon + 1))]);
    return false;
  }

  #tooLarge(detail: string): HandshakeFailure {
    this.#failure = new HandshakeFailure(
      'HEAD_TOO_LARGE',
      `HTTP head too large: ${detail}`,
      this.#status === undefined ? {} : { status: 431 },
    );
    return this.#failure;
  }
}

function limit(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new HeaderError('INVALID_LIMIT', `${name} is ${String(value)}, it must be a positive integer`);
  }
  return value;
}

/** Decodes the first `length` bytes as latin1, in pieces that are small enough to be the arguments of one call. */
function latin1(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let start = 0; start < length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, Math.min(length, start + 4096)));
  }
  return text;
}
