import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import type { DrainOptions } from '../../src/lifecycle/drain.js';
import { type DialOptions, dial } from '../../src/node/client/dial.js';
import { type ServeOptions, serve } from '../../src/node/server/serve.js';
import { takeOver } from '../../src/node/server/take-over.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import { ConfigError, HandshakeError } from '../../src/protocol/contract/errors.js';
import { cleanUp, expectNothingLeft, RawClient, rejection, serveForTest, upgradeRequest } from '../node/harness.js';

// Whatever stands for an option: it works, or ConfigError says at once that it does not.
expectNothingLeft();

/** Every option of a connection, with a value that is none. */
const CONNECTION = {
  headerVerify: true,
  origins: 'https://example.com',
  hosts: 'example.com',
  protocols: [1],
  chunkSize: '4096',
  maxPayloadSize: '1',
  maxMessageSize: null,
  maxFragments: {},
  triggerOnStart: 1,
  enableStreams: 'yes',
  maxStreams: [],
  streamWindow: true,
  connectionWindow: '1',
  streamIdleTimeout: null,
  synchronize: 0,
  maxPendingHandlers: false,
  maxPendingBytes: '8',
  enableCompress: null,
  timeout: 5000,
  pingInterval: null,
  magicKey: 5,
  privateMask: 'abcd',
  alwaysMask: null,
  dialect: 'Go',
  pacing: true,
  highWaterMark: '1',
  directSockets: 'no',
  signal: {},
} satisfies { [K in keyof Required<ConnectionOptions>]: unknown };

const DIAL = {
  extraHeaders: 'X-A: b',
  requireProtocol: 'no',
  useTLS: 'yes',
  tls: true,
  connect: {},
} satisfies { [K in Exclude<keyof Required<DialOptions>, keyof ConnectionOptions>]: unknown };

const SERVE = {
  port: 'http',
  host: 5,
  socketPath: {},
  path: ['/a'],
  tls: 'certificate',
  onRequest: 'page',
  onError: null,
  authorize: true,
} satisfies { [K in Exclude<keyof Required<ServeOptions>, keyof ConnectionOptions>]: unknown };

const DRAIN = {
  code: '1001',
  reason: 5,
  batch: '1',
  interval: null,
  deadline: 'now',
  signal: 'abort',
} satisfies { [K in keyof Required<DrainOptions>]: unknown };

/** Within other options. */
const NESTED: [name: string, options: object][] = [
  ['origins', { origins: ['https://example.com/path'] }],
  ['origins', { origins: ['example.com'] }],
  ['origins', { origins: [null] }],
  ['protocols', { protocols: ['a b'] }],
  ['protocols', { protocols: '' }],
  ['hosts', { hosts: ['https://example.com'] }],
  // What can never work.
  ['origins', { origins: [] }],
  ['hosts', { hosts: [] }],
  ['protocols', { protocols: ['a', 'a'] }],
  ['magicKey', { magicKey: '' }],
  ['magicKey', { magicKey: new Uint8Array(0) }],
  ['privateMask', { privateMask: new Uint8Array(0) }],
  ['chunkSize', { chunkSize: Number.NaN }],
  ['timeout.pongs', { timeout: { pongs: 5000 } }],
  ['enableCompress.levle', { enableCompress: { levle: 3 } }],
  ['timeout', { timeout: null }],
  ['timeout.close', { timeout: { close: '5' } }],
  ['enableCompress', { enableCompress: [] }],
  ['enableCompress', { enableCompress: { level: '3' } }],
  ['enableCompress', { enableCompress: { memLevel: null } }],
  ['enableCompress', { enableCompress: { threshold: '1024' } }],
  ['enableCompress', { enableCompress: { threadFrom: true } }],
  ['enableCompress', { enableCompress: { windowBits: [] } }],
  ['enableCompress', { enableCompress: { windowBits: { client: null } } }],
  ['enableCompress', { enableCompress: { contextTakeover: 'yes' } }],
  ['enableCompress', { enableCompress: { contextTakeover: null } }],
];

const one = (options: object): [name: string, options: object][] =>
  Object.entries(options).map(([name, value]) => [name, { [name]: value }]);

const nobody = 'ws://127.0.0.1:9/';

test.each([...one({ ...CONNECTION, ...DIAL }), ...NESTED])('dial: %s, %o', async (name, options) => {
  const error = await rejection(dial(nobody, options as DialOptions));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message.startsWith(name)).toBe(true);
});

test.each([...one({ ...CONNECTION, ...SERVE }), ...NESTED])('serve: %s, %o', async (name, options) => {
  const error = await rejection(serve({ host: '127.0.0.1', ...options } as ServeOptions, () => {}));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message.startsWith(name)).toBe(true);
});

const SERVER_ONLY: [name: string, options: object][] = [
  ['host', { host: '' }],
  ['socketPath', { socketPath: '' }],
  ['socketPath', { socketPath: '/tmp/x.sock', port: 8080 }],
  ['port', { port: '' }],
  ['port', { port: Number.NaN }],
  ['port', { port: 65_536 }],
  ['tls', { tls: {} }],
  ['tls', { tls: { key: 'a key without a certificate' } }],
];

test.each(SERVER_ONLY)('serve: %s, %o', async (name, options) => {
  const error = await rejection(serve(options as ServeOptions, () => {}));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message.startsWith(`${name}: `)).toBe(true);
});

test('a port may be text', async () => {
  const server = await serveForTest({ port: '0' });
  expect(server.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
});

describe('headerVerify lets in with true alone, as what an async function returns is easily an object', () => {
  test.each([[1], ['yes'], [{}], [undefined], [Promise.resolve('yes')], [Promise.resolve({ ok: true })]])(
    '%o',
    async (given) => {
      const headerVerify = (() => given) as unknown as () => boolean;
      const server = await serveForTest({ headerVerify });
      expect(await rejection(dial(server.url))).toMatchObject({ status: 401 });
      const other = await serveForTest({});
      expect(await rejection(dial(other.url, { headerVerify }))).toMatchObject({ code: 'UNVERIFIED' });
    },
  );

  test('true, or a promise of it', async () => {
    const server = await serveForTest({ headerVerify: async () => true });
    await talk(await dial(server.url, { headerVerify: () => true }));
  });
});

test.each(one(DRAIN))('drain: %s, %o', async (name, options) => {
  const server = await serveForTest({});
  const error = await rejection(server.drain(options as DrainOptions));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message.startsWith(name)).toBe(true);
});

test('what is no options, no URL, no handler', async () => {
  for (const none of [null, 'text', 5, true, [], () => {}]) {
    expect(await rejection(dial(nobody, none as DialOptions))).toBeInstanceOf(ConfigError);
    expect(await rejection(serve(none as ServeOptions, () => {}))).toBeInstanceOf(ConfigError);
    if (typeof none === 'function') continue;
    expect(await rejection(serve({}, none as unknown as () => void))).toBeInstanceOf(ConfigError);
    if (typeof none !== 'string') expect(await rejection(dial(none as unknown as string))).toBeInstanceOf(ConfigError);
  }
});

/** Anything that could come out of a file of settings, those that are nearly right among them. */
const value = fc.oneof(
  fc.anything({ maxDepth: 2, withBigInt: true, withNullPrototype: true }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, 0, 1, -1, 1e9, '', 'rfc', 'go', '*', 'same-host', 'a', [], ['a'], {}, true, false, Number.NaN),
);
const named = (options: object): fc.Arbitrary<[string, unknown]> =>
  fc.tuple(fc.constantFrom(...Object.keys(options)), value);

// Both closed, or refused in the handshake: nothing that an option may do is left out.
async function talk(connection: Connection): Promise<void> {
  const closed = connection.start();
  connection.close();
  await closed;
}

const quick = { pingInterval: 0, timeout: { handshake: 300, close: 300 } };

test('dial: any value of any option works, or is a ConfigError', async () => {
  const server = await serveForTest({ ...quick, onError: () => {} });
  await fc.assert(
    fc.asyncProperty(named({ ...CONNECTION, ...DIAL }), async ([name, given]) => {
      try {
        await talk(await dial(server.url, { ...quick, [name]: given } as DialOptions));
      } catch (error) {
        // A key or a protocol of one's own, or TLS, that the server does not have.
        if (['magicKey', 'useTLS', 'protocols'].includes(name) && error instanceof HandshakeError) return;
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('serve: any value of any option works, or is a ConfigError', async () => {
  // Ports and paths that may be taken, and names that would have to be looked up, are for the system to judge.
  const options = named({ ...CONNECTION, ...SERVE }).filter(([name, given]) => {
    if (!['port', 'host', 'socketPath'].includes(name) || given === 0) return true;
    return typeof given !== 'string' && !Number.isInteger(given);
  });
  await fc.assert(
    fc.asyncProperty(options, async ([name, given]) => {
      let server: Awaited<ReturnType<typeof serve>>;
      try {
        server = await serve({ host: '127.0.0.1', ...quick, [name]: given } as ServeOptions, () => {});
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return;
      }
      try {
        await talk(await dial(server.url, quick));
      } catch (error) {
        expect(error).toBeInstanceOf(HandshakeError);
      }
      await server.close();
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('takeOver: any value of any option works, or is a ConfigError, and the client has its answer', async () => {
  let options: ConnectionOptions = {};
  let told: (outcome: unknown) => void = () => {};
  const http: HttpServer = createServer();
  http.on('upgrade', (request, socket, head) => {
    takeOver(request, socket, head, options).then(
      (connection) => told(connection),
      (error: unknown) => told(error),
    );
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  cleanUp(() => {
    http.close();
    http.closeAllConnections();
  });
  await fc.assert(
    fc.asyncProperty(named(CONNECTION), async ([name, given]) => {
      options = { ...quick, [name]: given };
      const outcome = new Promise((resolve) => {
        told = resolve;
      });
      const client = RawClient.to((http.address() as AddressInfo).port, upgradeRequest());
      const head = await client.head();
      client.socket.end();
      const result = await outcome;
      if (!(result instanceof Error)) {
        expect(head).toMatch(/^HTTP\/1\.1 101 /);
        await (result as Connection).start();
      } else if (!(result instanceof HandshakeError)) {
        expect(result).toBeInstanceOf(ConfigError);
        expect(head).toMatch(/^HTTP\/1\.1 500 /);
      }
      client.socket.destroy();
    }),
    { numRuns: 300 },
  );
}, 60_000);
