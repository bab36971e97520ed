import { ConfigError, type Connection } from '@webson/connection';
import { expect, test } from 'vitest';
import { type DialTarget, Pool, type PoolOptions } from '../src/index.js';
import { POOL_KINDS } from '../src/options.js';

test.each([[{}], [undefined], [null], ['ws://127.0.0.1/'], [{ status: 0, apply() {} }]])(
  '%o is no connection',
  (given) => {
    const add = (): void => new Pool().add(given as unknown as Connection);
    expect(add).toThrow(ConfigError);
    expect(add).toThrow(/^connection: a Connection expected, got /);
  },
);

test.each(['onStatus', 'onMessage', 'onUndelivered', 'onRedial'] as const)('%s wants a function', (method) => {
  for (const none of [5, undefined, {}]) {
    expect(() => new Pool()[method](none as unknown as () => void)).toThrow(/^action: a function expected, got /);
  }
});

test.each<[object, string]>([
  [{ reconnectionAttempts: 5 }, 'reconnectionAttempts: no such option, got 5; here it is clientRetry'],
  [{ ClientRetry: 5 }, 'ClientRetry: no such option, got 5; clientRetry is meant'],
  [{ slowConsumers: 'drop' }, 'slowConsumers: no such option, got a string of 4; is slowConsumer meant?'],
  [{ retries: 5 }, 'retries: no such option, got 5; here it is clientRetry'],
  [{ maxRetries: 5 }, 'maxRetries: no such option, got 5; here it is clientRetry'],
  [{ reconnect: true }, 'reconnect: no such option, got true; here it is clientRetry; a number'],
  [{ maxReconnectAttempts: 5 }, 'maxReconnectAttempts: no such option, got 5; here it is clientRetry'],
  [
    { reconnectInterval: 5 },
    'reconnectInterval: no such option, got 5; here it is retryInterval; in milliseconds, twice as long after each attempt',
  ],
  [{ maxConnections: 5 }, 'maxConnections: no such option, got 5; here it is size'],
  [
    { enableCompress: true },
    'enableCompress: no such option, got true; it is an option of dial, and of pool.dial(url, options)',
  ],
  [
    { compression: true },
    'compression: no such option, got true; here it is enableCompress; it is an option of dial, and of pool.dial(url, options)',
  ],
  [
    { pong: 5 },
    'pong: no such option, got 5; here it is timeout.pong; it is an option of dial, and of pool.dial(url, options)',
  ],
  [{ qqqqqq: 5 }, `qqqqqq: no such option, got 5; there are ${Object.keys(POOL_KINDS).join(', ')}`],
  [{ slowConsumer: 'Drop' }, "slowConsumer: 'drop' or 'close' or 'wait' expected, got \"Drop\""],
])('new Pool: %o', (options, message) => {
  expect(() => new Pool(options as PoolOptions)).toThrow(new ConfigError(message));
});

test.each<[object, string]>([
  [
    { extraHeaders: {} },
    'extraHeaders: no such option, got an object; put it under options, as in { url, options: { … } }',
  ],
  [
    { headers: {} },
    'headers: no such option, got an object; here it is extraHeaders; put it under options, as in { url, options: { … } }',
  ],
  [{ option: {} }, 'option: no such option, got an object; is options meant?'],
])('pool.dial: a target with %o', async (more, message) => {
  const target = { url: 'ws://127.0.0.1:1/', ...more } as DialTarget;
  await expect(new Pool().dial(target)).rejects.toThrow(new ConfigError(message));
});
