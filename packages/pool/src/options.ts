import type { HandshakeError } from '@webson/connection';
import {
  checkOptions,
  type DefaultedKind,
  DIAL_KINDS,
  delay,
  eitherOf,
  FUNCTION,
  INFINITE,
  integer,
  type OptionKinds,
  oneOf,
  STRING,
} from '@webson/connection/internal';

/**
 * What happens to a message for a member that has too much queued already. In each case it is not sent to that member.
 * 'drop': nothing else happens. 'close': the member is closed with 1013. 'wait': nothing else happens, but a publisher
 * that awaits `drained` between its messages never queues that much.
 */
export type SlowConsumer = 'drop' | 'close' | 'wait';

/** Options of a {@link Pool}. */
export interface PoolOptions {
  /** The name of the pool in error messages; 'pool' by default. */
  name?: string;
  /** The most connections that the pool holds, 1 or more; 65536 by default. */
  size?: number;
  /** How often in a row a client that broke is dialled again, 0 or more, Infinity allowed; 0 by default. */
  clientRetry?: number;
  /** The longest wait before a client is dialled again for the first time, in milliseconds; 1000 by default. */
  retryInterval?: number;
  /** The longest wait that the doubling with every attempt leads to, in milliseconds; 30000 by default. */
  maxRetryInterval?: number;
  /**
   * Milliseconds that a client must have been ready before the count of attempts, and with it the wait, begins anew, 0
   * or more; 5000 by default. A server that accepts clients and closes them at once gets no more attempts than one that
   * does not answer.
   */
  minUptime?: number;
  /**
   * Tells whether to dial again after a HandshakeError; only true means yes. It is not called for other errors, such as
   * a wrong option or an aborted `signal`, which end the attempts. By default it returns false for a status of 400 to
   * 499, except 408, 425 and 429, and true for every other error.
   */
  retryOn?: (error: HandshakeError) => boolean;
  /**
   * What to do about a member that does not read as fast as the pool sends: 'drop', the default, does not send it the message;
   * 'close' closes it with 1013 as well; 'wait' is for publishers that await `drained` between their messages.
   */
  slowConsumer?: SlowConsumer;
  /** Bytes that may be queued on one member, 1 or more; 1 MiB by default. A single message may be larger. */
  highWaterMark?: number;
  /** Milliseconds that one member may delay `drained` before it is closed with 1013; 10000 by default. */
  stallTimeout?: number;
}

/** {@link PoolOptions}, checked and with the defaults filled in. */
export type PoolSettings = Readonly<Required<PoolOptions>>;

// Statuses with which a server says that a later attempt may succeed (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4).
const TRANSIENT: readonly number[] = [408, 425, 429];

function mayPass({ status = 0 }: HandshakeError): boolean {
  return status < 400 || status > 499 || TRANSIENT.includes(status);
}

const RETRY_ON: DefaultedKind = { ...FUNCTION, default: mayPass };

/** What each option may be, and its default. */
export const POOL_KINDS: OptionKinds<PoolOptions> = {
  name: { ...STRING, default: 'pool' },
  size: integer(65_536, 1),
  clientRetry: eitherOf(integer(0), INFINITE),
  retryInterval: delay(1000, 0),
  maxRetryInterval: delay(30_000, 0),
  minUptime: delay(5000, 0),
  retryOn: RETRY_ON,
  slowConsumer: oneOf('drop', 'close', 'wait'),
  highWaterMark: integer(1024 * 1024, 1),
  stallTimeout: delay(10_000),
};

const OF_CONNECTIONS = { kinds: DIAL_KINDS, hint: 'it is an option of dial, and of pool.dial(url, options)' };

/** Checks options and fills in the defaults. @throws ConfigError with the first option that is wrong. */
export function resolvePoolOptions(options: PoolOptions): PoolSettings {
  return checkOptions('options', options, POOL_KINDS, OF_CONNECTIONS);
}
