import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../src/connection.js';
import type { EventHandler } from '../src/handlers.js';
import { ConfigError } from '../src/protocol/contract/errors.js';
import { MessageType, Status } from '../src/status.js';
import { cleanUpConnections, connectBoth } from './support/connections.js';

afterEach(cleanUpConnections);

// Handlers that are none are told when they are given, and not when the first message comes.
type Untyped = Record<'onReady' | 'onStatus' | 'onMessage' | 'onError' | 'apply', (...args: unknown[]) => unknown>;

const call = (method: keyof Untyped, ...args: unknown[]): unknown => {
  const { client } = connectBoth();
  return (client as unknown as Untyped)[method](...args);
};

describe.each<[keyof Untyped, unknown[]]>([
  ['onReady', []],
  ['onStatus', [Status.Ready]],
  ['onMessage', [MessageType.Text]],
  ['onError', []],
])('%s', (method, before) => {
  test.each([[5], ['x'], [undefined], [null], [{}]])('%o is no action', (action) => {
    expect(() => call(method, ...before, action)).toThrow(ConfigError);
    expect(() => call(method, ...before, action)).toThrow(/^action: a function expected, got /);
  });

  test('a function is one', () => {
    expect(() => call(method, ...before, () => {})).not.toThrow();
  });
});

test.each([[7], ['Ready'], [undefined]])('%o is no status', (status) => {
  expect(() => call('onStatus', status, () => {})).toThrow(/^status: one of Status expected, got /);
});

test.each<[unknown, RegExp]>([
  [undefined, /^handler: an object with a name expected, got undefined$/],
  [() => {}, /^handler: an object with a name expected/],
  [{}, /^handler\.name: a string expected, got undefined$/],
  [{ name: 5 }, /^handler\.name: a string expected, got 5$/],
  [{ name: 'a', onMessage: 5 }, /^handler\.onMessage: a function expected, got 5$/],
  [{ name: 'a', onStatus: {} }, /^handler\.onStatus: a function expected/],
])('%o is no handler', (handler, message) => {
  expect(() => call('apply', handler)).toThrow(ConfigError);
  expect(() => call('apply', handler)).toThrow(message);
});

test('a handler may be an instance of a class, and have other properties', () => {
  class Log implements EventHandler {
    readonly name = 'log';
    readonly lines: string[] = [];
    onStatus(): void {}
  }
  expect(() => call('apply', new Log())).not.toThrow();
});

describe('options of dispatchReader', () => {
  const send = (client: Connection, options: unknown): Promise<void> =>
    client.dispatchReader(MessageType.Binary, [], options as object);

  test.each<[unknown, string]>([
    [{ singal: AbortSignal.abort() }, 'singal: no such option, got an object of class AbortSignal; is signal meant?'],
    [{ signal: {} }, 'signal: an AbortSignal expected, got an object'],
    [AbortSignal.timeout, 'options: an object expected'],
    [null, 'options: an object expected, got null'],
  ])('%o', async (options, message) => {
    const { client } = connectBoth();
    void client.start();
    await expect(send(client, options)).rejects.toThrow(ConfigError);
    await expect(send(client, options)).rejects.toThrow(message);
  });
});
