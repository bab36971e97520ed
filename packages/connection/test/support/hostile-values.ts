import { runInNewContext } from 'node:vm';

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What throws when it is looked at closely, and other things that are not thrown every day. */
export const hostileValues: [name: string, create: () => unknown][] = [
  ['a revoked Proxy', revoked],
  ['null', () => null],
  ['undefined', () => undefined],
  ['a symbol', () => Symbol('thrown')],
  ['text', () => 'thrown'],
  ['an object without a prototype', () => Object.create(null)],
  [
    'an object that cannot be made text of',
    () => ({
      toString() {
        throw new Error('toString');
      },
      [Symbol.toPrimitive]() {
        throw new Error('toPrimitive');
      },
    }),
  ],
  [
    'an object whose properties throw',
    () =>
      new Proxy(new Error('inner'), {
        get() {
          throw new Error('get');
        },
        getPrototypeOf() {
          throw new Error('getPrototypeOf');
        },
      }),
  ],
  [
    'an Error whose properties throw',
    () =>
      Object.defineProperties(
        new Error('thrown'),
        Object.fromEntries(
          ['stack', 'message', 'name', 'cause', 'code', 'then', 'errors'].map((name) => [
            name,
            {
              get() {
                throw new Error(name);
              },
            },
          ]),
        ),
      ),
  ],
  ['an Error of another realm', () => runInNewContext('new TypeError("thrown")')],
];

/** What acts like a promise, but badly. */
export const hostileThenables: [name: string, create: () => unknown][] = [
  [
    'a thenable whose then cannot be read',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what it is about
      get then() {
        throw new Error('then');
      },
    }),
  ],
  [
    'a thenable that throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what it is about
      then() {
        throw new Error('then');
      },
    }),
  ],
  [
    'a thenable that rejects more than once',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: that is what it is about
      then(_resolve: () => void, reject: (reason: unknown) => void) {
        reject(new Error('once'));
        reject(new Error('twice'));
        throw new Error('three times');
      },
    }),
  ],
  ['a promise of another realm that rejects', () => runInNewContext('Promise.reject(new Error("thrown"))')],
  ['a revoked Proxy', revoked],
];
