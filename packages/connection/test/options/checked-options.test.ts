import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../src/options/checked-options.js';
import { BOOLEAN, FLAG, fieldsOf, integer, listOf, STRING } from '../../src/options/option-kinds.js';
import { ConfigError } from '../../src/protocol/contract/errors.js';

interface Options {
  flag?: boolean;
  name?: string;
  list?: readonly string[];
  size?: number;
  secret?: string;
  inner?: { size?: number; on?: boolean };
}

const INNER = { size: integer(3, 1, 9), on: { ...BOOLEAN, default: true } };

const check = (options: unknown): object =>
  checkOptions<Options, 'name' | 'list' | 'secret'>('options', options as Options, {
    flag: FLAG,
    name: STRING,
    list: listOf('a list', () => true),
    size: integer(5),
    secret: { ...STRING, isSecret: true },
    inner: fieldsOf(INNER),
  });

const DEFAULTS = { flag: false, size: 5, inner: { size: 3, on: true } };

test('what is left out, or undefined, has its default, if there is one', () => {
  for (const options of [{}, { flag: undefined, name: undefined, inner: undefined }, { inner: { on: undefined } }]) {
    expect(check(options)).toEqual(DEFAULTS);
  }
  expect(check({ flag: true, name: '', inner: { size: 9 } })).toEqual({
    ...DEFAULTS,
    flag: true,
    name: '',
    inner: { size: 9, on: true },
  });
});

test('what is left out is not there, so that it can be spread over other options', () => {
  expect(Object.keys(check({ name: undefined }))).not.toContain('name');
});

test.each([
  [{ flag: null }, 'flag: true or false expected, got null'],
  [{ flag: true, name: 5 }, 'name: a string expected, got 5'],
  [{ name: Object.create(null) }, 'name: a string expected, got an object'],
  [{ inner: { size: 10 } }, 'inner.size: an integer from 1 to 9 expected, got 10'],
  [{ inner: null }, 'inner: an object expected, got null'],
  [{ list: ['a', 5] }, 'list: a list expected, got ["a", 5]'],
  [{ secret: ['abc'] }, 'secret: a string expected, got a list of 1'],
  [null, 'options: an object expected, got null'],
  ['text', 'options: an object expected, got "text"'],
  [[], 'options: an object expected, got []'],
])('says what is wrong with %o', (options, message) => {
  expect(() => check(options)).toThrow(new ConfigError(message));
});

describe('an unknown key', () => {
  test.each([
    [{ other: 1 }, /^other: /],
    [{ inner: { other: 1 } }, /^inner\.other: /],
    [{ constructor: 1 }, /^constructor: /],
    [JSON.parse('{ "__proto__": { "flag": true } }') as object, /^__proto__: /],
    [Object.create({ other: 1 }) as object, /^other: /],
  ])('%o is refused', (options, message) => {
    expect(() => check(options)).toThrow(ConfigError);
    expect(() => check(options)).toThrow(message);
  });

  test('counts as left out when it is undefined, and a symbol is no key', () => {
    expect(check({ other: undefined, [Symbol('other')]: 1 })).toEqual(DEFAULTS);
  });

  test('is told before what is wrong with others: it may be what was meant by them', () => {
    expect(() => check({ flag: 5, flagg: true })).toThrow(/^flagg: /);
  });
});

describe('objects of any kind', () => {
  class Settings {
    name = 'own';
    get size(): number {
      return 7;
    }
    method(): void {}
  }

  test('frozen, without a prototype, inherited, an instance of a class with accessors, a Proxy', () => {
    expect(check(Object.freeze({ size: 7 }))).toMatchObject({ size: 7 });
    expect(check(Object.assign(Object.create(null), { size: 7 }))).toMatchObject({ size: 7 });
    expect(check(Object.create({ size: 7 }))).toMatchObject({ size: 7 });
    expect(check(new Settings())).toMatchObject({ name: 'own', size: 7 });
    expect(check(new Proxy({ size: 7 }, {}))).toMatchObject({ size: 7 });
  });

  test('what was added to every object is no option', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype.added = 1;
    try {
      expect(check({})).toEqual(DEFAULTS);
      expect(() => check({ added: 1 })).toThrow(/^added: /);
    } finally {
      Reflect.deleteProperty(prototype, 'added');
    }
  });

  test('what was checked is what is used, whatever becomes of the object', () => {
    const options = { list: ['a'], inner: { size: 4 } };
    const checked = check(options);
    options.list.push('b');
    options.inner.size = 99;
    expect(checked).toMatchObject({ list: ['a'], inner: { size: 4 } });
  });

  test('each option is read once, so that it cannot be another one when it is used', () => {
    let reads = 0;
    const checked = check({
      get size() {
        return ++reads > 1 ? 'other' : 7;
      },
    });
    expect(checked).toMatchObject({ size: 7 });
  });

  const fail = (): never => {
    throw new Error('from within');
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  test.each<[string, object, RegExp]>([
    [
      'an accessor that throws',
      {
        get size() {
          return fail();
        },
      },
      /^size: .*got an exception$/,
    ],
    [
      'an unknown one that throws',
      {
        get other() {
          return fail();
        },
      },
      /^other: .*got an exception$/,
    ],
    ['a Proxy that lists no keys', new Proxy({}, { ownKeys: fail }), /^options: .*got an exception$/],
    ['a Proxy that gives no values', new Proxy({ size: 7 }, { get: fail }), /^flag: .*got an exception$/],
    ['a revoked Proxy', proxy, /^options: .*got an exception$/],
    ['a revoked Proxy within', { inner: proxy }, /^inner: .*got an exception$/],
    ['a list that is a revoked Proxy', { list: proxy }, /^list: .*got an exception$/],
  ])('%s', (_name, options, message) => {
    expect(() => check(options)).toThrow(ConfigError);
    expect(() => check(options)).toThrow(message);
  });
});

test('what is the matter with a value is said, if its kind can say it', () => {
  const explain = (value: unknown): string | undefined => {
    if (value === 1) throw new Error('cannot be read');
    return value === 2 ? 'two is too much' : undefined;
  };
  const checkOne = (on: unknown) => (): object => checkOptions('options', { on }, { on: { ...FLAG, explain } });
  expect(checkOne(2)).toThrow(new ConfigError('on: true or false expected, got 2; two is too much'));
  for (const other of [1, 3])
    expect(checkOne(other)).toThrow(new ConfigError(`on: true or false expected, got ${other}`));
});
