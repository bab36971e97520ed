import {
  type CheckedOptions,
  checkOptions,
  delay,
  eitherOf,
  INFINITE,
  integer,
  type OptionKinds,
  SIGNAL,
  STRING,
} from '@webson/connection/internal';

/** Options of `openChannel`. */
export interface OpenChannelOptions {
  /** What the peer's handler gets beside the name: anything that JSON can hold, up to 65,535 bytes of it. */
  meta?: unknown;
  /** Gives the channel up when it aborts, whatever its state. */
  signal?: AbortSignal;
  /** Milliseconds until the peer has to have accepted the channel; 30000 by default. */
  timeout?: number;
  /** Milliseconds without a byte in either direction after which the channel is reset; Infinity, never, by default. */
  idleTimeout?: number;
  /** The type of message that carries channels, 3 to 7, the same on both sides; 7 by default. */
  type?: number;
}

/** Options of `onChannel`. */
export interface OnChannelOptions {
  /** The channels of this name alone; by default those of every name that has no handler of its own. */
  name?: string;
  /** Most of these channels that the peer may have open at a time, 1 or more; 1000 by default. Others are refused. */
  maxChannels?: number;
  /** Milliseconds until the handler has to have accepted a channel; 30000 by default. */
  timeout?: number;
  /** Milliseconds without a byte in either direction after which a channel is reset; Infinity, never, by default. */
  idleTimeout?: number;
  /** The type of message that carries channels, 3 to 7, the same on both sides; 7 by default. */
  type?: number;
}

/** Streams are data, and the types below are taken (RFC 6455 §5.2). */
const TYPE = integer(7, 3, 7);
const TIMEOUT = delay(30_000);
const IDLE_TIMEOUT = { ...eitherOf(delay(1), INFINITE), default: Number.POSITIVE_INFINITY };

const OPEN_KINDS: OptionKinds<OpenChannelOptions, 'meta' | 'signal'> = {
  meta: { expected: 'what JSON can hold', accepts: () => true },
  signal: SIGNAL,
  timeout: TIMEOUT,
  idleTimeout: IDLE_TIMEOUT,
  type: TYPE,
};

const ON_KINDS: OptionKinds<OnChannelOptions, 'name'> = {
  name: STRING,
  maxChannels: integer(1000, 1),
  timeout: TIMEOUT,
  idleTimeout: IDLE_TIMEOUT,
  type: TYPE,
};

/** @throws ConfigError with the first option that is wrong. */
export function checkOpenOptions(options: OpenChannelOptions): CheckedOptions<OpenChannelOptions, 'meta' | 'signal'> {
  return checkOptions('options', options, OPEN_KINDS);
}

/** @throws ConfigError with the first option that is wrong. */
export function checkOnOptions(options: OnChannelOptions): CheckedOptions<OnChannelOptions, 'name'> {
  return checkOptions('options', options, ON_KINDS);
}
