/** Which option is wrong. The strings are stable. */
export type CompressOptionCode =
  | 'INVALID_LEVEL'
  | 'INVALID_MEM_LEVEL'
  | 'INVALID_THRESHOLD'
  | 'INVALID_THREAD_FROM'
  | 'INVALID_WINDOW_BITS'
  | 'INVALID_CONTEXT_TAKEOVER'
  /** There is no such option. */
  | 'UNKNOWN_OPTION'
  /** What was given for the options is neither true nor an object. */
  | 'INVALID_OPTIONS'
  /** The output limit given to an `Inflater`. */
  | 'INVALID_LIMIT';

/** The caller passed a value that is not allowed. */
export class CompressOptionError extends RangeError {
  override readonly name = 'CompressOptionError';
  /** Which option is wrong, as a stable string. */
  readonly code: CompressOptionCode;
  /** Which option is wrong, as it is written in the options: `level`, `windowBits.client`. */
  readonly option: string;
  /** The value that was given. */
  readonly value: unknown;
  /** What is allowed, in words. */
  readonly allowed: string;

  constructor(code: CompressOptionCode, option: string, value: unknown, allowed: string) {
    super(`compression option ${option} is ${describe(value)}; allowed: ${allowed}`);
    this.code = code;
    this.option = option;
    this.value = value;
    this.allowed = allowed;
  }
}

/** What is wrong with the server's answer. The strings are stable. */
export type CompressAnswerCode =
  /** `permessage-deflate` was answered but not offered. */
  | 'ANSWER_NOT_OFFERED'
  /** `permessage-deflate` was answered more than once. */
  | 'ANSWER_REPEATED'
  /** A parameter that is unknown, repeated, or has a value it may not have (RFC 7692 §7.1). */
  | 'ANSWER_MALFORMED'
  /** The answer is well-formed, but fits none of the offers (RFC 7692 §7.1.1, §7.1.2). */
  | 'ANSWER_UNACCEPTABLE';

/** The client refuses the server's answer, and has to fail the WebSocket connection (RFC 7692 §5, §7.1). */
export class CompressAnswerError extends Error {
  override readonly name = 'CompressAnswerError';
  /** What is wrong with the answer. */
  readonly code: CompressAnswerCode;

  constructor(code: CompressAnswerCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why a message could not be inflated. The strings are stable. */
export type InflateErrorCode =
  /** The message inflates to more than the limit, or its payload is longer than any message within the limit needs. */
  | 'INFLATE_LIMIT'
  /** The bytes are not DEFLATE data, or are truncated. */
  | 'INFLATE_CORRUPT'
  /** zlib itself failed for lack of memory, which is not the peer's fault. */
  | 'INFLATE_FAILED';

const INFLATE_CLOSE_CODES = { INFLATE_LIMIT: 1009, INFLATE_CORRUPT: 1007, INFLATE_FAILED: 1011 } as const;

const INFLATE_MESSAGES = {
  INFLATE_LIMIT: 'compressed message is too large',
  INFLATE_CORRUPT: 'compressed message is corrupt or truncated',
  INFLATE_FAILED: 'compressed message could not be inflated',
} as const;

/** A message could not be inflated. The error message names no internals, so it may be sent to the peer. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
  /** Why the message could not be inflated. */
  readonly code: InflateErrorCode;
  /** The status code to close the connection with (RFC 6455 §7.4.1): 1009, 1007 or 1011. */
  readonly closeCode: 1007 | 1009 | 1011;

  constructor(code: InflateErrorCode, cause?: unknown) {
    super(INFLATE_MESSAGES[code], cause === undefined ? undefined : { cause });
    this.code = code;
    this.closeCode = INFLATE_CLOSE_CODES[code];
  }
}

/** zlib could not deflate a message for lack of memory. The message was not added to the window. */
export class DeflateError extends Error {
  override readonly name = 'DeflateError';
  readonly code = 'DEFLATE_FAILED';

  constructor(cause?: unknown) {
    super('message could not be deflated', cause === undefined ? undefined : { cause });
  }
}

/** A `Deflater`, an `Inflater` or one of their messages was used after its end, or before another message had ended. */
export class CompressClosedError extends Error {
  override readonly name = 'CompressClosedError';
  readonly code = 'COMPRESS_CLOSED';

  /** @param when when it was used, in words; by default after it had been closed. */
  constructor(what: string, when = 'after it had been closed') {
    super(`${what} was used ${when}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
