import { ConfigError, type Connection } from '@webson/connection';
import { expect, test } from 'vitest';
import { Pool, type PoolOptions } from '../src/index.js';

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
  [{ slowConsumer: 'Drop' }, "slowConsumer: 'drop' or 'close' or 'wait' expected, got \"Drop\""],
])('new Pool: %o', (options, message) => {
  expect(() => new Pool(options as PoolOptions)).toThrow(new ConfigError(message));
});
