import { MAX_STREAM_ID } from '@webson/frame';
import { isToken } from '@webson/handshake';
import { shownProtocols } from '../application/protocol-names.js';
import {
  type DefaultedKind,
  delay,
  eitherOf,
  FALSE,
  FLAG,
  fieldsOf,
  integer,
  LARGEST_DELAY,
  listOf,
  type OptionKinds,
  RECORD,
  SIGNAL,
} from './option-kinds.js';
import type { ConnectionOptions, OptionsOfNode, Timeouts } from './options.js';

const MIB = 1024 * 1024;
const LARGEST_WINDOW = 2 ** 31 - 1;

const PROTOCOL_LIST = listOf('', isToken);

const PROTOCOLS: DefaultedKind = {
  expected: 'a sub-protocol, which is a token, or a list of different ones',
  accepts: (value) => PROTOCOL_LIST.accepts([value].flat()) && new Set([value].flat()).size === [value].flat().length,
  take: (value: string | readonly string[]) => [value].flat(),
  show: (value) => (Array.isArray(value) ? `[${shownProtocols(value)}]` : shownProtocols([value])),
  default: [],
};

const TIMEOUT_KINDS: OptionKinds<Timeouts> = {
  handshake: delay(10_000),
  pong: delay(5000),
  dead: eitherOf(delay(30_000), FALSE),
  close: delay(10_000),
  stall: delay(30_000),
};

/** The options of every connection, in a page as well: those that the WebSocket of a platform leaves a choice about. */
export const COMMON_KINDS: OptionKinds<Omit<ConnectionOptions, OptionsOfNode>, 'signal'> = {
  protocols: PROTOCOLS,
  chunkSize: integer(16_384, 4096),
  maxPayloadSize: integer(100 * MIB),
  maxMessageSize: integer(100 * MIB),
  maxFragments: integer(128 * 1024, 1),
  triggerOnStart: FLAG,
  enableStreams: FLAG,
  maxStreams: integer(1024, 1, MAX_STREAM_ID),
  streamWindow: eitherOf(integer(MIB, 1, LARGEST_WINDOW), FALSE),
  connectionWindow: integer(4 * MIB, 1, LARGEST_WINDOW),
  streamIdleTimeout: delay(60_000),
  synchronize: FLAG,
  maxPendingHandlers: integer(1024, 1),
  maxPendingBytes: integer(8 * MIB, 1),
  enableCompress: eitherOf(FLAG, RECORD),
  timeout: fieldsOf(TIMEOUT_KINDS),
  pingInterval: delay(10_000, -LARGEST_DELAY),
  highWaterMark: integer(MIB),
  signal: SIGNAL,
};
