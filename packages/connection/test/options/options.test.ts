import { describe, expect, test } from 'vitest';
import { described } from '../../src/application/described.js';
import { resolveOptions } from '../../src/options/connection-kinds.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';

const MIB = 1024 * 1024;
const LARGEST = Number.MAX_SAFE_INTEGER;
const LONGEST = 2 ** 31 - 1;

test('every limit has a finite default', () => {
  const settings = resolveOptions({});
  expect(settings).toMatchObject({
    chunkSize: 16_384,
    maxPayloadSize: 100 * MIB,
    maxMessageSize: 100 * MIB,
    maxFragments: 131_072,
    maxPendingHandlers: 1024,
    maxPendingBytes: 8 * MIB,
    connectionWindow: 4 * MIB,
    streamIdleTimeout: 60_000,
    triggerOnStart: false,
    streams: undefined,
    handshakeTimeout: 10_000,
    pongTimeout: 5000,
    deadTimeout: 30_000,
    closeTimeout: 10_000,
    pingInterval: 10_000,
    highWaterMark: MIB,
    synchronize: false,
    alwaysMask: false,
    hasMagicKey: false,
    privateMask: undefined,
  });
  for (const value of Object.values(settings)) {
    if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  }
});

const ranges: [name: string, setting: string, min: number, max: number, make: (value: number) => ConnectionOptions][] =
  [
    ['chunkSize', 'chunkSize', 4096, LARGEST, (chunkSize) => ({ chunkSize })],
    ['maxPayloadSize', 'maxPayloadSize', 0, LARGEST, (maxPayloadSize) => ({ maxPayloadSize })],
    ['maxMessageSize', 'maxMessageSize', 0, LARGEST, (maxMessageSize) => ({ maxMessageSize })],
    ['maxFragments', 'maxFragments', 1, LARGEST, (maxFragments) => ({ maxFragments })],
    ['maxPendingHandlers', 'maxPendingHandlers', 1, LARGEST, (maxPendingHandlers) => ({ maxPendingHandlers })],
    ['maxPendingBytes', 'maxPendingBytes', 1, LARGEST, (maxPendingBytes) => ({ maxPendingBytes })],
    ['connectionWindow', 'connectionWindow', 1, LONGEST, (connectionWindow) => ({ connectionWindow })],
    ['streamIdleTimeout', 'streamIdleTimeout', 1, LONGEST, (streamIdleTimeout) => ({ streamIdleTimeout })],
    ['highWaterMark', 'highWaterMark', 0, LARGEST, (highWaterMark) => ({ highWaterMark })],
    ['pingInterval', 'pingInterval', -LONGEST, LONGEST, (pingInterval) => ({ pingInterval })],
    ['timeout.handshake', 'handshakeTimeout', 1, LONGEST, (handshake) => ({ timeout: { handshake } })],
    ['timeout.pong', 'pongTimeout', 1, LONGEST, (pong) => ({ timeout: { pong } })],
    ['timeout.dead', 'deadTimeout', 1, LONGEST, (dead) => ({ timeout: { dead } })],
    ['timeout.close', 'closeTimeout', 1, LONGEST, (close) => ({ timeout: { close } })],
  ];

test('timeout.dead: false is never', () => {
  expect(resolveOptions({ timeout: { dead: false } }).deadTimeout).toBe(Number.POSITIVE_INFINITY);
});

describe.each(ranges)('%s', (name, setting, min, max, make) => {
  test('the ends of its range are taken', () => {
    for (const value of [min, max]) expect(resolveOptions(make(value))).toMatchObject({ [setting]: value });
  });

  const wrong = [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  test.each([...wrong, '5000', null, true, {}])('%s is refused: option, value and range are named', (value) => {
    const resolve = (): unknown => resolveOptions(make(value as number));
    expect(resolve).toThrow(ConfigError);
    try {
      resolve();
    } catch (error) {
      const { message, code } = error as ConfigError;
      expect(code).toBe('CONFIG');
      expect(message.startsWith(`${name}: `)).toBe(true);
      expect(message).toContain(described(value));
      expect(message).toContain(String(min));
      expect(message).toContain(String(max));
    }
  });
});

describe('privateMask', () => {
  test.each([4, 8, 256])('%d bytes are taken, and copied', (length) => {
    const mask = Buffer.alloc(length, 1);
    const settings = resolveOptions({ privateMask: mask });
    mask.fill(2);
    expect(settings.privateMask).toEqual(new Uint8Array(length).fill(1));
  });

  test.each([0, 1, 3, 5, 6, 7])('%d bytes are refused', (length) => {
    const resolve = (): unknown => resolveOptions({ privateMask: new Uint8Array(length) });
    expect(resolve).toThrow(ConfigError);
    expect(resolve).toThrow(new RegExp(`^privateMask: .*multiple of 4.*got a Uint8Array of ${length}$`));
  });
});

test('options given as undefined are those not given', () => {
  const options = { chunkSize: undefined, timeout: { pong: undefined } } as unknown as ConnectionOptions;
  expect(resolveOptions(options)).toEqual(resolveOptions({}));
});

describe('streams', () => {
  test('off by default; the defaults when they are on', () => {
    expect(resolveOptions({ maxStreams: 5, streamWindow: 10 }).streams).toBeUndefined();
    expect(resolveOptions({ enableStreams: true }).streams).toEqual({
      maxStreams: 1024,
      windows: { stream: 1_048_576, connection: 4_194_304 },
    });
  });

  test('as given', () => {
    const options = { enableStreams: true, maxStreams: 32_767, streamWindow: 1, connectionWindow: LONGEST };
    const { streams, connectionWindow } = resolveOptions(options);
    expect(streams).toEqual({ maxStreams: 32_767, windows: { stream: 1, connection: LONGEST } });
    expect(connectionWindow).toBe(LONGEST);
  });

  test('streamWindow false: no flow control', () => {
    const { streams, connectionWindow } = resolveOptions({
      enableStreams: true,
      streamWindow: false,
      connectionWindow: 7,
    });
    expect([streams, connectionWindow]).toEqual([{ maxStreams: 1024, windows: undefined }, 7]);
  });

  const wrong: [string, ConnectionOptions][] = [
    ['maxStreams', { maxStreams: 0 }],
    ['maxStreams', { maxStreams: 32_768 }],
    ['maxStreams', { maxStreams: 1.5 }],
    ['streamWindow', { streamWindow: 0 }],
    ['streamWindow', { streamWindow: 2 ** 31 }],
    ['streamWindow', { streamWindow: true as unknown as number }],
  ];
  test.each(wrong)('%s, wrong: %j', (name, options) => {
    expect(() => resolveOptions(options)).toThrow(ConfigError);
    expect(() => resolveOptions(options)).toThrow(new RegExp(`^${name}: `));
  });
});

test.each([
  [
    ['https://a.example', 'http://x/'],
    'got ["https://a.example", "http://x/"]; the slash at the end of "http://x/" is none of an origin',
  ],
  ['http://x', 'got "http://x"; put it into a list'],
  [['http://x/path'], 'got ["http://x/path"]'],
  [['/'], 'got ["/"]'],
  [[5], 'got [5]'],
  ['all', 'got "all"'],
])('of origins %o it says what is easily overlooked', (origins, end) => {
  const resolve = (): unknown => resolveOptions({ origins } as object);
  expect(resolve).toThrow(
    new ConfigError(
      `origins: 'same-host' or '*' or a list, not an empty one, of origins such as 'https://example.com:8443', without a path and without * or a function expected, ${end}`,
    ),
  );
});
