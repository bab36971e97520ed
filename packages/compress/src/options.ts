import { type CompressOptionCode, CompressOptionError } from './errors.js';

/** A value for each direction, named after the end that sends: the client or the server. */
export interface PerDirection<T> {
  /** For the messages that the client compresses. */
  readonly client?: T | undefined;
  /** For the messages that the server compresses. */
  readonly server?: T | undefined;
}

/** Options of compression. Every one has a finite default and is checked. */
export interface CompressOptions {
  /**
   * The effort of zlib: 0 (stored), 1 (fastest) to 9 (smallest), or -1 for zlib's own default, at present 6. Default:
   * 3, which takes half the time of 6 for 2 to 8 % more bytes of JSON.
   */
  readonly level?: number | undefined;
  /** The memory that zlib takes while it deflates, 1 to 9: `2 ** (memLevel + 9)` bytes. Default: 8, 128 KiB. */
  readonly memLevel?: number | undefined;
  /** Messages of fewer bytes are sent uncompressed; 0 compresses every message. Default: 1024. */
  readonly threshold?: number | undefined;
  /**
   * Messages of at least this many bytes are deflated in another thread, which costs more but does not delay other
   * connections. Default: 262144; 65536 from level 4 on, which may take ten times as long.
   */
  readonly threadFrom?: number | undefined;
  /**
   * The largest LZ77 window, as a power of two, 8 to 15; one number for both directions or one for each
   * (RFC 7692 §7.1.2). The window of the peer is limited only if the peer agrees. With 8, messages are deflated by run
   * lengths alone, because zlib has no window that small. Default: 15.
   */
  readonly windowBits?: number | PerDirection<number> | undefined;
  /**
   * Whether a message may refer back to the messages before it (RFC 7692 §7.1.1); one value for both directions or one
   * for each. Costs up to `2 ** windowBits` bytes per connection and direction, and time for each message. Default:
   * false.
   */
  readonly contextTakeover?: boolean | PerDirection<boolean> | undefined;
}

/** `CompressOptions`, checked and with all defaults filled in. */
export interface ResolvedCompressOptions {
  /** -1 to 9. */
  readonly level: number;
  /** 1 to 9. */
  readonly memLevel: number;
  /** Bytes. */
  readonly threshold: number;
  /** Bytes. */
  readonly threadFrom: number;
  /** 8 to 15. */
  readonly clientWindowBits: number;
  /** 8 to 15. */
  readonly serverWindowBits: number;
  readonly clientContextTakeover: boolean;
  readonly serverContextTakeover: boolean;
}

/** The smallest `*_max_window_bits`: a window of 256 bytes (RFC 7692 §7.1.2). */
const MIN_WINDOW_BITS = 8;
/** The largest `*_max_window_bits`, which also holds if none is agreed: a window of 32 KiB (RFC 7692 §7.1.2). */
export const MAX_WINDOW_BITS = 15;

const DEFAULT_LEVEL = 3;
const DEFAULT_MEM_LEVEL = 8;
const DEFAULT_THRESHOLD = 1024;
const DEFAULT_THREAD_FROM = 262_144;
/** From this level on zlib searches for the longest match, which can take ten times as long: 0.4 µs a byte. */
const SLOW_FROM_LEVEL = 4;
const DEFAULT_THREAD_FROM_SLOW = 65_536;

/**
 * Checks options and fills in the defaults.
 * @param options `true`, the default, for all defaults.
 * @throws {CompressOptionError} with the first option that is wrong, its value and what is allowed.
 */
export function resolveCompressOptions(options: CompressOptions | true = true): ResolvedCompressOptions {
  const given: CompressOptions = options === true ? {} : options;
  const windowBits = perDirection(given.windowBits);
  const takeover = perDirection(given.contextTakeover);
  const level = integer('INVALID_LEVEL', 'level', given.level, DEFAULT_LEVEL, -1, 9);
  // zlib treats -1 as 6.
  const isSlow = level < 0 || level >= SLOW_FROM_LEVEL;
  return {
    level,
    memLevel: integer('INVALID_MEM_LEVEL', 'memLevel', given.memLevel, DEFAULT_MEM_LEVEL, 1, 9),
    threshold: integer(
      'INVALID_THRESHOLD',
      'threshold',
      given.threshold,
      DEFAULT_THRESHOLD,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    threadFrom: integer(
      'INVALID_THREAD_FROM',
      'threadFrom',
      given.threadFrom,
      isSlow ? DEFAULT_THREAD_FROM_SLOW : DEFAULT_THREAD_FROM,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    clientWindowBits: bits(`windowBits${windowBits.clientSuffix}`, windowBits.client),
    serverWindowBits: bits(`windowBits${windowBits.serverSuffix}`, windowBits.server),
    clientContextTakeover: flag(`contextTakeover${takeover.clientSuffix}`, takeover.client),
    serverContextTakeover: flag(`contextTakeover${takeover.serverSuffix}`, takeover.server),
  };
}

/**
 * The given options without context takeover in either direction. A connection that uses or offers streams negotiates
 * with these, because interleaved messages cannot share a window.
 */
export function withoutContextTakeover(options: ResolvedCompressOptions): ResolvedCompressOptions {
  return { ...options, clientContextTakeover: false, serverContextTakeover: false };
}

interface BothDirections {
  readonly client: unknown;
  readonly server: unknown;
  readonly clientSuffix: string;
  readonly serverSuffix: string;
}

function perDirection(value: unknown): BothDirections {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { client: value, server: value, clientSuffix: '', serverSuffix: '' };
  }
  const { client, server } = value as PerDirection<unknown>;
  return { client, server, clientSuffix: '.client', serverSuffix: '.server' };
}

function bits(option: string, value: unknown): number {
  return integer('INVALID_WINDOW_BITS', option, value, MAX_WINDOW_BITS, MIN_WINDOW_BITS, MAX_WINDOW_BITS);
}

function flag(option: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new CompressOptionError('INVALID_CONTEXT_TAKEOVER', option, value, 'true or false');
}

function integer(
  code: CompressOptionCode,
  option: string,
  value: unknown,
  fallback: number,
  min: number,
  max: number,
): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CompressOptionError(code, option, value, `an integer from ${min} to ${max}`);
}
