import type { CompressOptions } from '@webson/compress';
import type { HeaderMap, OriginPolicy } from '@webson/handshake';
import type { GoSettings } from '../protocol/contract/go-dialect.js';
import type { StreamSettings } from '../protocol/contract/stream-agreement.js';
import type { CheckedOptions } from './checked-options.js';

/** Options of every connection, client or server. Every limit has a finite default. */
export interface ConnectionOptions {
  /**
   * Checks the peer's header fields: those of the request on a server, those of the answer on a client. Anything
   * but true, or a promise of true, refuses the connection; a server answers 401.
   */
  headerVerify?: (headers: HeaderMap, request?: unknown) => boolean | Promise<boolean>;
  /**
   * A server's policy for requests with an `Origin`: 'same-host' allows those from its own host, '*' allows all, a list those
   * listed, and a function decides by true or false, or by a promise of that. Others are refused with 403. 'same-host' by
   * default, which alone does not protect from DNS rebinding: see `hosts`.
   */
  origins?: OriginPolicy | ((origin: string) => boolean | PromiseLike<boolean>);
  /**
   * The hosts of a server: a request whose `Host` (or whose target, in absolute form) is none of them is refused with 421.
   * `example.com`, `127.0.0.1` or `[::1]` stands for every port, `example.com:8080` for that port only. A request without a port
   * means port 443 over TLS, otherwise 80 or 443. Every host by default: then a page whose name was made to point to this server
   * (DNS rebinding) counts as of the same host.
   */
  hosts?: readonly string[];
  /**
   * Sub-protocols, one or several: a client offers them, a server takes the first of its own that was offered. None by
   * default.
   */
  protocols?: string | readonly string[];
  /** Bytes of payload in one frame of a message sent piece by piece: at least 4096, 16384 by default. */
  chunkSize?: number;
  /** Bytes of payload in one frame of the peer: 100 MiB by default. Above it: 1009. */
  maxPayloadSize?: number;
  /** Bytes of one complete message, after inflation: 100 MiB by default. Above it: 1009. */
  maxMessageSize?: number;
  /** Frames of one message, empty ones count: 131072 by default. Above it: 1008. */
  maxFragments?: number;
  /** Calls handlers at the first bytes of a message, which they read while it arrives. False by default. */
  triggerOnStart?: boolean;
  /** Multiplexes messages over the connection as streams, if the peer agrees. False by default. */
  enableStreams?: boolean;
  /** Messages in progress at a time in each direction, with streams: 1 to 32767, 1024 by default. */
  maxStreams?: number;
  /**
   * Bytes of one message on a stream that the peer may send before they are read: 1048576 by default, 1 to 2^31 - 1.
   * False: no flow control.
   */
  streamWindow?: number | false;
  /**
   * Bytes of all messages that the peer may send before they are read: 4194304 by default, 1 to 2^31 - 1. Without flow
   * control: bytes unread, with `triggerOnStart`, at which reading pauses.
   */
  connectionWindow?: number;
  /** Milliseconds within which more of an unfinished message on a stream has to arrive: 60000 by default. Else: 1008. */
  streamIdleTimeout?: number;
  /** One handler at a time, awaited; messages wait for it. False by default. */
  synchronize?: boolean;
  /** Handlers that may be pending at once, when not synchronized: 1024 by default. The messages that follow wait. */
  maxPendingHandlers?: number;
  /**
   * Bytes of complete messages that may be handled at once: 8 MiB by default. The messages that follow wait; reading pauses
   * when a quarter as much waits.
   */
  maxPendingBytes?: number;
  /** permessage-deflate (RFC 7692), if the peer agrees. False by default. */
  enableCompress?: boolean | CompressOptions;
  /** Deadlines, each of which ends what waits for too long. */
  timeout?: Timeouts;
  /** Milliseconds between two pings: 10000 by default, 0 or less for none. */
  pingInterval?: number;
  /** Replaces the GUID of RFC 6455 §1.3 in the opening handshake. Both sides need the same. */
  magicKey?: string | Uint8Array;
  /** A shared secret that extends the masking keys. Its length is a multiple of 4. Both sides need the same. */
  privateMask?: Uint8Array;
  /** The server masks its frames too, and the client expects it. False by default. */
  alwaysMask?: boolean;
  /**
   * 'go' is for endpoints built on the original Go kit, which differ from the RFC: every frame of a message repeats its opcode,
   * streams are agreed on by a header field, and a Close is not answered. 'rfc' by default.
   */
  dialect?: 'rfc' | 'go';
  /**
   * For a Go peer: most bytes sent before it has shown by a pong that it has read them, 512 to 2^20. A Go peer drops the
   * connection when the end of its read buffer cuts the header of a frame. 5120 by default, which is the default size of that
   * buffer; over a network it should be at most the size of a TCP segment, for example 1200. False, for `wss:` or peers known to
   * be mended: nothing waits, and every frame is written separately.
   */
  pacing?: number | false;
  /** Bytes queued for sending above which `dispatch` returns false: 1 MiB by default. */
  highWaterMark?: number;
  /**
   * Reads and writes TCP and unix sockets through the handle under them instead of Node's stream, if this version of Node has the
   * expected methods. This is faster, but not documented by Node: set it to false if it causes trouble. True by default.
   */
  directSockets?: boolean;
  /** Ends the attempt to connect. */
  signal?: AbortSignal;
}

/** Deadlines of a connection, in milliseconds. */
export interface Timeouts {
  /** Milliseconds for the whole opening handshake: 10000 by default. */
  handshake?: number;
  /**
   * Milliseconds for a pong: 5000 by default. Else the status becomes `Timeout`. A ping may be queued behind some MiB that the
   * system has taken and not sent yet. So the time for the pong is extended by as much for each 512 KiB sent since the last ping
   * that was answered, up to 17 times as much altogether. On the slowest link over which large messages are sent, 512 KiB must
   * therefore get through within this time.
   */
  pong?: number;
  /**
   * Milliseconds for a sign of life after the status has become `Timeout`: 30000 by default, false for ever. A connection that is
   * still silent then ends with 1006 and a WebsonError `PONG_TIMEOUT`.
   */
  dead?: number | false;
  /** Milliseconds for the peer's Close, from ours on: 10000 by default. */
  close?: number;
  /**
   * Milliseconds for progress on a connection at one of its bounds: 30000 by default. Else it is closed with 1013. Such a bound
   * is reached when more than 16 times `highWaterMark` is queued, of which the peer takes nothing, or when as many messages wait
   * for handlers as may, the handlers make no progress, and one of them waits for the peer.
   */
  stall?: number;
}

/** {@link ConnectionOptions} that matter after the opening handshake, checked and with the defaults filled in. */
export interface Settings {
  readonly chunkSize: number;
  readonly maxPayloadSize: number;
  readonly maxMessageSize: number;
  readonly maxFragments: number;
  readonly triggerOnStart: boolean;
  /** Set when streams are wanted. */
  readonly streams: StreamSettings | undefined;
  readonly connectionWindow: number;
  readonly streamIdleTimeout: number;
  readonly synchronize: boolean;
  readonly maxPendingBytes: number;
  readonly maxPendingHandlers: number;
  readonly handshakeTimeout: number;
  readonly pongTimeout: number;
  /** Infinity for never. */
  readonly deadTimeout: number;
  readonly closeTimeout: number;
  readonly stallTimeout: number;
  readonly pingInterval: number;
  readonly hasMagicKey: boolean;
  readonly privateMask: Uint8Array | undefined;
  readonly alwaysMask: boolean;
  readonly highWaterMark: number;
  /** Set for `dialect: 'go'`. */
  readonly goSettings: GoSettings | undefined;
}

/** The options of every connection that the WebSocket of a platform leaves no choice about. */
export type OptionsOfNode =
  | 'headerVerify'
  | 'origins'
  | 'hosts'
  | 'magicKey'
  | 'privateMask'
  | 'alwaysMask'
  | 'dialect'
  | 'pacing'
  | 'directSockets';

/** The options of every connection that have no default. */
export type BareOptions = 'headerVerify' | 'hosts' | 'magicKey' | 'privateMask' | 'signal';

/** {@link ConnectionOptions} that were checked, with the defaults filled in. */
export type CheckedConnectionOptions = CheckedOptions<ConnectionOptions, BareOptions>;
