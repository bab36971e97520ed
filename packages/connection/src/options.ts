import type { CompressOptions } from '@webson/compress';
import type { HeaderMap, OriginPolicy } from '@webson/handshake';
import { ConfigError } from './protocol/errors.js';

/** Options of every connection, client or server. Every limit has a finite default. */
export interface ConnectionOptions {
  /**
   * Looks at the peer's header fields: those of the request on a server, of the answer on a client. False, or a promise
   * of it, refuses: a server answers 401.
   */
  headerVerify?: (headers: HeaderMap, request?: unknown) => boolean | Promise<boolean>;
  /**
   * A server's policy for requests that carry an `Origin`: those of its own host, all, those listed, or as a function
   * says; refused with 403. 'same-host' by default.
   */
  origins?: OriginPolicy;
  /** Sub-protocols: a client offers them, a server takes the first of its own that was offered. None by default. */
  protocols?: readonly string[];
  /** Bytes of payload in one frame of a message sent piece by piece: at least 4096, 16384 by default. */
  chunkSize?: number;
  /** Bytes of payload in one frame of the peer: 100 MiB by default. Above it: 1009. */
  maxPayloadSize?: number;
  /** Bytes of one complete message, after inflation: 100 MiB by default. Above it: 1009. */
  maxMessageSize?: number;
  /** Frames of one message, empty ones count: 131072 by default. Above it: 1008. */
  maxFragments?: number;
  /** One handler at a time, awaited; reading waits for it. False by default. */
  synchronize?: boolean;
  /** Handlers that may be pending at once before reading pauses, when not synchronized: 1024 by default. */
  maxPendingHandlers?: number;
  /** permessage-deflate (RFC 7692), if the peer takes it up. False by default. */
  enableCompress?: boolean | CompressOptions;
  /** Deadlines in ms: for the whole handshake (10000), for a pong (5000), for the peer's Close (10000). */
  timeout?: { handshake?: number; pong?: number; close?: number };
  /** Milliseconds between two pings: 10000 by default, 0 or less for none. */
  pingInterval?: number;
  /** Stands in for the RFC's GUID in the handshake; both sides need the same. */
  magicKey?: string | Uint8Array;
  /** Shared secret that widens the masking keys; its length is a multiple of 4. Both sides need the same. */
  privateMask?: Uint8Array;
  /** The server masks its frames too, and the client expects it. False by default. */
  alwaysMask?: boolean;
  /** Bytes queued for sending above which `dispatch` returns false: 1 MiB by default. */
  highWaterMark?: number;
  /** Ends the attempt to connect. */
  signal?: AbortSignal;
}

/** {@link ConnectionOptions} checked, with the defaults filled in, as far as they matter after the handshake. */
export interface Settings {
  readonly chunkSize: number;
  readonly maxPayloadSize: number;
  readonly maxMessageSize: number;
  readonly maxFragments: number;
  readonly synchronize: boolean;
  readonly maxPendingHandlers: number;
  readonly handshakeTimeout: number;
  readonly pongTimeout: number;
  readonly closeTimeout: number;
  readonly pingInterval: number;
  readonly privateMask: Uint8Array | undefined;
  readonly alwaysMask: boolean;
  readonly highWaterMark: number;
}

const MIB = 1024 * 1024;
const LARGEST_DELAY = 2 ** 31 - 1;

/** Checks the options and fills in the defaults. @throws ConfigError naming the first that is wrong. */
export function resolveOptions(options: ConnectionOptions): Settings {
  const { timeout = {}, privateMask } = options;
  if (privateMask !== undefined && (privateMask.length === 0 || privateMask.length % 4 !== 0)) {
    throw new ConfigError(`privateMask: a positive multiple of 4 bytes expected, got ${privateMask.length}`);
  }
  return {
    chunkSize: integer('chunkSize', options.chunkSize, 16384, 4096),
    maxPayloadSize: integer('maxPayloadSize', options.maxPayloadSize, 100 * MIB, 0),
    maxMessageSize: integer('maxMessageSize', options.maxMessageSize, 100 * MIB, 0),
    maxFragments: integer('maxFragments', options.maxFragments, 128 * 1024, 1),
    synchronize: options.synchronize ?? false,
    maxPendingHandlers: integer('maxPendingHandlers', options.maxPendingHandlers, 1024, 1),
    handshakeTimeout: integer('timeout.handshake', timeout.handshake, 10_000, 1, LARGEST_DELAY),
    pongTimeout: integer('timeout.pong', timeout.pong, 5_000, 1, LARGEST_DELAY),
    closeTimeout: integer('timeout.close', timeout.close, 10_000, 1, LARGEST_DELAY),
    pingInterval: integer('pingInterval', options.pingInterval, 10_000, -LARGEST_DELAY, LARGEST_DELAY),
    privateMask: privateMask === undefined ? undefined : new Uint8Array(privateMask),
    alwaysMask: options.alwaysMask ?? false,
    highWaterMark: integer('highWaterMark', options.highWaterMark, MIB, 0),
  };
}

function integer(
  name: string,
  value: number | undefined,
  fallback: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ConfigError(`${name}: an integer from ${min} to ${max} expected, got ${String(value)}`);
}
