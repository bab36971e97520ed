import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect } from 'vitest';
import { isA } from '../../src/application/thrown.js';
import { ACTION_KINDS, type Connection } from '../../src/connection.js';
import { DRAIN_KINDS, resolveDrainOptions } from '../../src/lifecycle/drain.js';
import { DIAL_KINDS, type DialOptions, dial } from '../../src/node/client/dial.js';
import { DUPLEX_KINDS, toDuplex } from '../../src/node/duplex.js';
import { ATTACH_KINDS, type AttachOptions, attach } from '../../src/node/server/attach.js';
import { REFUSE_KINDS, refuse } from '../../src/node/server/authorization.js';
import { SERVE_KINDS, type ServeOptions, serve } from '../../src/node/server/serve.js';
import { CONNECTION_KINDS, resolveOptions } from '../../src/options/connection-kinds.js';
import type { KindsByName } from '../../src/options/option-kinds.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';
import { STREAMS_KINDS, toStreams } from '../../src/to-streams.js';
import { expectNothingLeft, rejection } from '../node/harness.js';
import { cleanUpConnections, connectBoth } from '../support/connections.js';
import { mutatedOptions, type ValidValues, validOptions } from '../support/option-mixes.js';
import { propertyTest } from '../support/property.js';

// Whatever options are given together: valid ones are taken, and a single wrong one is named by a ConfigError, before anything
// is opened, and nothing else is thrown.
expectNothingLeft();
afterEach(cleanUpConnections);

const file = (name: string): Buffer => readFileSync(new URL(`../data/${name}`, import.meta.url));
const TLS = { key: file('key.pem'), cert: file('cert.pem') };

class Reached extends Error {}

const done = (): true => true;
const abort = AbortSignal.abort(new Reached());

const COMPRESSION = fc.record(
  {
    level: fc.integer({ min: -1, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    threshold: fc.nat(),
    threadFrom: fc.nat(),
    windowBits: fc.oneof(fc.integer({ min: 8, max: 15 }), fc.record({ client: fc.integer({ min: 8, max: 15 }) })),
    contextTakeover: fc.oneof(fc.boolean(), fc.record({ server: fc.boolean() })),
  },
  { requiredKeys: [] },
);

const CONNECTION: ValidValues = {
  headerVerify: fc.constant(done),
  origins: fc.constantFrom('same-host', '*', ['https://example.com:8443'], ['null'], done),
  hosts: fc.constantFrom(['example.com'], ['localhost:8080', '[::1]']),
  protocols: fc.constantFrom('chat', [], ['chat'], ['a', 'b']),
  enableCompress: fc.oneof(fc.boolean(), COMPRESSION),
  streamWindow: fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constant(false)),
  pacing: fc.oneof(fc.integer({ min: 512, max: 2 ** 20 }), fc.constant(false)),
  magicKey: fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1 })),
  privateMask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  dialect: fc.constantFrom('rfc', 'go'),
  requireProtocol: fc.boolean(),
};

const FIELDS = { 'X-A': '1' };

const DIAL: ValidValues = {
  ...CONNECTION,
  signal: fc.constant(new AbortController().signal),
  extraHeaders: fc.constantFrom<unknown>(
    FIELDS,
    new Map(Object.entries(FIELDS)),
    new Headers(FIELDS),
    [['X-A', '1']],
    {},
  ),
  tls: fc.constantFrom({}, { rejectUnauthorized: false }),
};

const TAKE_OVER: ValidValues = {
  ...CONNECTION,
  protocols: fc.constantFrom<unknown>('chat', [], ['a', 'b'], done),
  authorize: fc.constant(done),
  path: fc.constantFrom<unknown>('/', '/chat', '/a%20b', /^\/a/, done),
  onError: fc.constant(done),
};

const SERVE: ValidValues = {
  ...TAKE_OVER,
  port: fc.constantFrom(0, 65_535, '8080'),
  host: fc.constantFrom('127.0.0.1', 'localhost', '::1'),
  tls: fc.constantFrom<object>(TLS, { SNICallback: done }),
  onRequest: fc.constant(done),
};

const DRAIN: ValidValues = {
  code: fc.constantFrom(1000, 1001, 1012, 3000, 4999),
  reason: fc.string({ maxLength: 30 }),
  batch: fc.constantFrom(1, 100, Number.POSITIVE_INFINITY),
};

/** Some ways to hand options over, and whether the last call has reached what comes after the check. */
interface Entry {
  readonly kinds: KindsByName;
  readonly valid: ValidValues;
  /** Rejects with {@link Reached} when the options are taken. */
  hand(options: object): Promise<unknown>;
}

const NOTHING = undefined as unknown as Connection;

/** A call that fails for the connection that is missing, once its options are taken. */
const reaches =
  (call: (options: object) => unknown) =>
  async (options: object): Promise<never> => {
    try {
      call(options);
    } catch (error) {
      throw isA(error, TypeError) && error.message.startsWith('connection: ') ? new Reached() : error;
    }
    throw new Reached();
  };

const without = (kinds: object, ...names: string[]): KindsByName =>
  Object.fromEntries(Object.entries(kinds).filter(([name]) => !names.includes(name)));

const ENTRIES: [name: string, Entry][] = [
  [
    'dial',
    {
      kinds: without(DIAL_KINDS, 'connect'),
      valid: DIAL,
      async hand(options) {
        let isReached = false;
        const connect = (): Duplex => {
          isReached = true;
          throw new Error('no stream is opened here');
        };
        const error = await rejection(dial('ws://127.0.0.1:9/', spread(options, { connect }) as DialOptions));
        throw isReached ? new Reached() : error;
      },
    },
  ],
  [
    'serve',
    {
      // Either a port or a path of a socket.
      kinds: without(SERVE_KINDS, 'signal', 'socketPath'),
      valid: SERVE,
      hand: (options) => serve(spread(options, { signal: abort }) as ServeOptions, () => {}),
    },
  ],
  [
    'attach',
    {
      kinds: without(ATTACH_KINDS, 'signal'),
      valid: TAKE_OVER,
      hand: async (options) => attach(createServer(), spread(options, { signal: abort }) as AttachOptions, () => {}),
    },
  ],
  [
    'drain',
    {
      kinds: without(DRAIN_KINDS, 'signal'),
      valid: DRAIN,
      hand: async (options) => resolveDrainOptions(spread(options, { signal: abort })),
    },
  ],
  [
    'refuse',
    {
      kinds: REFUSE_KINDS as unknown as KindsByName,
      valid: {
        headers: fc.constantFrom<unknown>(FIELDS, new Map(Object.entries(FIELDS)), [['X-A', '1']], {
          'X-A': ['1', '2'],
        }),
        body: fc.oneof(fc.string(), fc.uint8Array()),
      },
      hand: reaches((options) => refuse(403, options)),
    },
  ],
  [
    'onMessage',
    {
      kinds: ACTION_KINDS as unknown as KindsByName,
      valid: { stream: fc.boolean() },
      hand: reaches((options) => connectBoth().client.onMessage(1, done, options)),
    },
  ],
  [
    'toDuplex',
    {
      kinds: DUPLEX_KINDS as unknown as KindsByName,
      valid: {},
      hand: reaches((options) => toDuplex(NOTHING, options)),
    },
  ],
  [
    'toStreams',
    {
      kinds: STREAMS_KINDS as unknown as KindsByName,
      valid: {},
      hand: reaches((options) => toStreams(NOTHING, options)),
    },
  ],
  [
    'resolveOptions',
    {
      kinds: without(CONNECTION_KINDS, 'signal'),
      valid: CONNECTION,
      async hand(options) {
        resolveOptions(options);
        throw new Reached();
      },
    },
  ],
];

// Accessors are kept.
function spread(options: object, more: object): object {
  return Object.defineProperties({ ...more }, Object.getOwnPropertyDescriptors(options));
}

describe.each(ENTRIES)('%s', (name, { kinds, valid, hand }) => {
  propertyTest(
    `${name} takes any valid options`,
    200,
    fc.asyncProperty(validOptions(kinds, valid), async (options) => {
      expect(await rejection(hand(options))).toBeInstanceOf(Reached);
    }),
  );

  propertyTest(
    `${name} names the one that is wrong, and does nothing`,
    400,
    fc.asyncProperty(mutatedOptions(kinds, valid), async ({ options, wrong }) => {
      const error = await rejection(hand(options));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message.startsWith(`${wrong}: `), error.message).toBe(true);
    }),
  );
});

const LEVELS = { level: [-2, 10, '3'], memLevel: [0, 10], threshold: [-1], windowBits: [7, 16, { client: 7 }] };
const [, DIALLING] = ENTRIES[0] as [string, Entry];

propertyTest(
  'one wrong option of compression is named, too',
  100,
  fc.asyncProperty(
    COMPRESSION,
    fc.constantFrom(
      ...Object.entries(LEVELS).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
      ['other', 5] as const,
    ),
    async (options, [name, value]) => {
      const error = await rejection(DIALLING.hand({ enableCompress: { ...options, [name]: value } }));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message.startsWith(`enableCompress.${name}`), error.message).toBe(true);
    },
  ),
);
