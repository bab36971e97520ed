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

/** From this level on zlib searches for the longest match, which can take ten times as long: 0.4 µs a byte. */
const SLOW_FROM_LEVEL = 4;
const DEFAULT_THREAD_FROM_SLOW = 65_536;

/** What is known of an option: which values it takes, integers in a range or true and false, and its default. */
export interface CompressOptionKind {
  readonly code: CompressOptionCode;
  readonly default: number | boolean;
  /** Of an integer. */
  readonly min?: number;
  readonly max?: number;
}

/** The kind of each option. */
export const COMPRESS_KINDS: { readonly [K in keyof Required<CompressOptions>]: CompressOptionKind } = {
  level: { code: 'INVALID_LEVEL', default: 3, min: -1, max: 9 },
  memLevel: { code: 'INVALID_MEM_LEVEL', default: 8, min: 1, max: 9 },
  threshold: { code: 'INVALID_THRESHOLD', default: 1024, min: 0, max: Number.MAX_SAFE_INTEGER },
  threadFrom: { code: 'INVALID_THREAD_FROM', default: 262_144, min: 0, max: Number.MAX_SAFE_INTEGER },
  windowBits: { code: 'INVALID_WINDOW_BITS', default: MAX_WINDOW_BITS, min: MIN_WINDOW_BITS, max: MAX_WINDOW_BITS },
  contextTakeover: { code: 'INVALID_CONTEXT_TAKEOVER', default: false },
};

/**
 * Checks options and fills in the defaults. An option that is undefined counts as left out.
 *
 * @param options `true`, the default, for all defaults.
 * @throws {CompressOptionError} with the first option that is unknown or wrong, its value and what is allowed.
 */
export function resolveCompressOptions(options: CompressOptions | true = true): ResolvedCompressOptions {
  const given: Partial<Record<string, unknown>> = options === true ? {} : fields('', options, COMPRESS_KINDS);
  const pick = (name: keyof CompressOptions): unknown => valid(name, given[name], COMPRESS_KINDS[name]);
  const [clientWindowBits, serverWindowBits] = bothDirections('windowBits', given.windowBits);
  const [clientContextTakeover, serverContextTakeover] = bothDirections('contextTakeover', given.contextTakeover);
  const level = pick('level') as number;
  // zlib treats -1 as 6.
  if (level < 0 || level >= SLOW_FROM_LEVEL) given.threadFrom ??= DEFAULT_THREAD_FROM_SLOW;
  return {
    level,
    memLevel: pick('memLevel'),
    threshold: pick('threshold'),
    threadFrom: pick('threadFrom'),
    clientWindowBits,
    serverWindowBits,
    clientContextTakeover,
    serverContextTakeover,
  } as ResolvedCompressOptions;
}

/**
 * The given options without context takeover in either direction. A connection that uses or offers streams negotiates
 * with these, because interleaved messages cannot share a window.
 */
export function withoutContextTakeover(options: ResolvedCompressOptions): ResolvedCompressOptions {
  return { ...options, clientContextTakeover: false, serverContextTakeover: false };
}

/** The value for the client and that for the server. */
function bothDirections(name: 'windowBits' | 'contextTakeover', value: unknown): [client: unknown, server: unknown] {
  const kind = COMPRESS_KINDS[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const both = valid(name, value, kind);
    return [both, both];
  }
  const { client, server } = fields(`${name}.`, value, { client: kind, server: kind }) as PerDirection<unknown>;
  return [valid(`${name}.client`, client, kind), valid(`${name}.server`, server, kind)];
}

/** The options of an object, each read once. @param path what stands before their names. */
function fields(path: string, options: unknown, kinds: object): Partial<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new CompressOptionError('INVALID_OPTIONS', 'options', options, 'true or an object');
  }
  const given = options as Partial<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(kinds, key) || given[key] === undefined) continue;
    throw new CompressOptionError(
      'UNKNOWN_OPTION',
      path + key,
      given[key],
      `the options ${Object.keys(kinds).join(', ')}`,
    );
  }
  return Object.fromEntries(Object.keys(kinds).map((key) => [key, given[key]]));
}

/** The value of an option, or its default. */
function valid(name: string, value: unknown, { code, min, max, ...kind }: CompressOptionKind): unknown {
  if (value === undefined) return kind.default;
  if (min === undefined || max === undefined) {
    if (typeof value === 'boolean') return value;
    throw new CompressOptionError(code, name, value, 'true or false');
  }
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value;
  throw new CompressOptionError(code, name, value, `an integer from ${min} to ${max}`);
}
