import { ConfigError, Connection, type WebsonError } from '@webson/connection';
import { createTransportPair, nodePlatform, resolveOptions } from '@webson/connection/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pool } from '../src/index.js';
import { NODE_KINDS, TO_GROUP_KINDS } from '../src/node.js';
import { POOL_KINDS } from '../src/options.js';

// Whatever options are given together: valid ones are taken, and a single wrong one is named by a ConfigError.

type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const small = fc.integer({ min: 1, max: 100_000 });
const never = fc.constantFrom<unknown>(null, Symbol('wrong'), 10n, [Symbol('wrong')]);
const text = fc.constantFrom<unknown>(5, true, {}, () => {});
const integer = fc.constantFrom<unknown>(-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '5', true, {});

const POOL: Values = {
  name: fc.string(),
  size: small,
  clientRetry: fc.oneof(fc.nat(), fc.constant(Number.POSITIVE_INFINITY)),
  retryInterval: fc.oneof(fc.constant(0), small),
  maxRetryInterval: fc.oneof(fc.constant(0), small),
  minUptime: fc.oneof(fc.constant(0), small),
  retryOn: fc.constant(() => true),
  slowConsumer: fc.constantFrom('drop', 'close', 'wait'),
  highWaterMark: small,
  stallTimeout: small,
};

const NODE: Values = {
  name: fc.string(),
  group: fc.oneof(fc.string(), fc.array(fc.string())),
};

const WRONG_POOL: Values = {
  ...Object.fromEntries(Object.keys(POOL_KINDS).map((name) => [name, integer])),
  name: text,
  retryOn: fc.constantFrom<unknown>(5, true, {}, 'always'),
  slowConsumer: fc.constantFrom<unknown>('Drop', '', 5, ['drop']),
};

const WRONG_NODE: Values = { name: text, group: fc.oneof(text, fc.constantFrom<unknown>([5], ['a', null], [['a']])) };

const TO_GROUP: Values = { except: fc.oneof(fc.string(), fc.array(fc.string())) };

const WRONG_TO_GROUP: Values = { except: fc.oneof(text, fc.constantFrom<unknown>([5], ['a', null], [['a']])) };

const member = (): Connection => {
  const [transport] = createTransportPair();
  const opened = { transport, negotiated: { protocol: '', extensions: [] } };
  return new Connection({ ...opened, platform: nodePlatform, settings: resolveOptions({}), isClient: true });
};

// What is closed takes no member: that is told after the options were looked at.
const closed = new Pool();
void closed.close();
const one = member();

const ENTRIES: [name: string, valid: Values, wrong: Values, hand: (options: object) => unknown][] = [
  ['new Pool', POOL, WRONG_POOL, (options) => new Pool(options)],
  ['add', NODE, WRONG_NODE, (options) => closed.add(one, options)],
  ['toGroup', TO_GROUP, WRONG_TO_GROUP, (options) => closed.toGroup('group', 1, '', options)],
];

test('every option is tried', () => {
  expect(Object.keys(POOL)).toEqual(Object.keys(POOL_KINDS));
  expect(Object.keys(NODE)).toEqual(Object.keys(NODE_KINDS));
  expect(Object.keys(TO_GROUP)).toEqual(Object.keys(TO_GROUP_KINDS));
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(ENTRIES)('%s', (_name, valid, wrong, hand) => {
  const options = fc.record(valid, { requiredKeys: [] });

  test('takes any valid options', () => {
    fc.assert(
      fc.property(options, (given) => {
        const error = thrownBy(() => hand(given));
        if (error !== undefined) expect((error as WebsonError).code).toBe('POOL_CLOSED');
      }),
      { numRuns: 200 },
    );
  });

  test('names the one that is wrong', () => {
    const wrongValue = fc
      .constantFrom(...Object.keys(wrong))
      .chain((name) => fc.oneof(never, wrong[name] ?? never).map((value) => [name, value] as const));
    const unknown = fc.tuple(
      fc.string().filter((name) => !Object.hasOwn(valid, name)),
      fc.constantFrom<unknown>(null, 5, 'text', {}),
    );
    fc.assert(
      fc.property(options, fc.oneof(wrongValue, unknown), (given, [name, value]) => {
        const mixed = Object.defineProperty({ ...given }, name, { value, enumerable: true });
        const error = thrownBy(() => hand(mixed));
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as Error).message.startsWith(`${name}: `), (error as Error).message).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
