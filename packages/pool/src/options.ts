import { ANYTHING, checkOptions, integerOption, LARGEST_DELAY, type OptionKinds, STRING } from '@webson/connection';

/**
 * What becomes of a message for a member on which too much is queued already. 'drop': it is not sent to that member.
 * 'close': nor is it, and the member is closed with 1013. 'wait': nor is it, but publishers that await `drained` never
 * get that far.
 */
export type SlowConsumer = 'drop' | 'close' | 'wait';

/** Options of a {@link Pool}. */
export interface PoolOptions {
  /** What the pool is called in error messages; 'pool' by default. */
  name?: string;
  /** Connections it holds at most, 1 or more: 65536 by default. */
  size?: number;
  /** How often in a row a client that broke is dialled again, 0 or more, Infinity allowed: 0 by default. */
  clientRetry?: number;
  /** Milliseconds, at most, before a client is dialled again the first time: 1000 by default. */
  retryInterval?: number;
  /** Milliseconds that the wait, which doubles with every attempt, grows to at most: 30000 by default. */
  maxRetryInterval?: number;
  /** What to do about a member that does not read as fast as the pool sends: 'drop' by default. */
  slowConsumer?: SlowConsumer;
  /** Bytes that may be queued on one member, 1 or more: 1 MiB by default. A single message may be larger. */
  highWaterMark?: number;
  /** Milliseconds that one member may keep `drained` waiting before it is closed with 1013: 10000 by default. */
  stallTimeout?: number;
}

/** {@link PoolOptions} checked, with the defaults filled in. */
export type PoolSettings = Readonly<Required<PoolOptions>>;

const POLICIES: readonly unknown[] = ['drop', 'close', 'wait'];

const KINDS: OptionKinds<PoolOptions> = {
  name: STRING,
  size: ANYTHING,
  clientRetry: ANYTHING,
  retryInterval: ANYTHING,
  maxRetryInterval: ANYTHING,
  slowConsumer: { expected: `one of ${POLICIES.join(', ')}`, accepts: (value) => POLICIES.includes(value) },
  highWaterMark: ANYTHING,
  stallTimeout: ANYTHING,
};

/** @throws ConfigError naming the first option that is wrong. */
export function resolvePoolOptions(options: PoolOptions): PoolSettings {
  checkOptions('options', options, KINDS);
  const { name = 'pool', slowConsumer = 'drop', clientRetry = 0 } = options;
  return {
    name,
    size: integerOption('size', options.size, 65_536, 1),
    clientRetry:
      clientRetry === Number.POSITIVE_INFINITY ? clientRetry : integerOption('clientRetry', clientRetry, 0, 0),
    retryInterval: integerOption('retryInterval', options.retryInterval, 1000, 0, LARGEST_DELAY),
    maxRetryInterval: integerOption('maxRetryInterval', options.maxRetryInterval, 30_000, 0, LARGEST_DELAY),
    slowConsumer,
    highWaterMark: integerOption('highWaterMark', options.highWaterMark, 1024 * 1024, 1),
    stallTimeout: integerOption('stallTimeout', options.stallTimeout, 10_000, 1, LARGEST_DELAY),
  };
}
