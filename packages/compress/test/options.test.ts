import { describe, expect, test } from 'vitest';
import {
  CompressOptionError,
  type CompressOptions,
  resolveCompressOptions,
  withoutContextTakeover,
} from '../src/index.js';
import { thrownBy } from './samples.js';

describe('resolveCompressOptions', () => {
  const defaults = {
    level: 3,
    memLevel: 8,
    threshold: 1024,
    threadFrom: 262_144,
    clientWindowBits: 15,
    serverWindowBits: 15,
    clientContextTakeover: false,
    serverContextTakeover: false,
  };

  test.each<[string, CompressOptions | true | undefined, object]>([
    ['nothing', undefined, {}],
    ['true', true, {}],
    ['an empty object', {}, {}],
    ['undefined values', { level: undefined, windowBits: { client: undefined } }, {}],
    ['an unknown one that is undefined', { other: undefined } as CompressOptions, {}],
    ['inherited ones', Object.create({ level: 1 }) as CompressOptions, { level: 1 }],
    ['level', { level: 1 }, { level: 1 }],
    ['a level that takes long', { level: 4 }, { level: 4, threadFrom: 65_536 }],
    ['the level that stands for 6', { level: -1 }, { level: -1, threadFrom: 65_536 }],
    ['memLevel', { memLevel: 1 }, { memLevel: 1 }],
    ['threshold 0', { threshold: 0 }, { threshold: 0 }],
    ['threadFrom', { threadFrom: 1 }, { threadFrom: 1 }],
    ['one window for both', { windowBits: 9 }, { clientWindowBits: 9, serverWindowBits: 9 }],
    ['one window', { windowBits: { server: 8 } }, { serverWindowBits: 8 }],
    ['takeover in both', { contextTakeover: true }, { clientContextTakeover: true, serverContextTakeover: true }],
    ['takeover in one', { contextTakeover: { client: true } }, { clientContextTakeover: true }],
  ])('%s', (_, options, expected) => {
    expect(resolveCompressOptions(options)).toEqual({ ...defaults, ...expected });
  });

  test.each<[object, string, string, unknown]>([
    [{ level: 10 }, 'INVALID_LEVEL', 'level', 10],
    [{ level: -2 }, 'INVALID_LEVEL', 'level', -2],
    [{ level: '6' }, 'INVALID_LEVEL', 'level', '6'],
    [{ level: Number.NaN }, 'INVALID_LEVEL', 'level', Number.NaN],
    [{ memLevel: 0 }, 'INVALID_MEM_LEVEL', 'memLevel', 0],
    [{ memLevel: 10 }, 'INVALID_MEM_LEVEL', 'memLevel', 10],
    [{ threshold: -1 }, 'INVALID_THRESHOLD', 'threshold', -1],
    [{ threshold: Number.POSITIVE_INFINITY }, 'INVALID_THRESHOLD', 'threshold', Number.POSITIVE_INFINITY],
    [{ threadFrom: -1 }, 'INVALID_THREAD_FROM', 'threadFrom', -1],
    [{ windowBits: 7 }, 'INVALID_WINDOW_BITS', 'windowBits', 7],
    [{ windowBits: 16 }, 'INVALID_WINDOW_BITS', 'windowBits', 16],
    [{ windowBits: null }, 'INVALID_WINDOW_BITS', 'windowBits', null],
    [{ windowBits: { client: 8.5 } }, 'INVALID_WINDOW_BITS', 'windowBits.client', 8.5],
    [{ windowBits: { server: 0 } }, 'INVALID_WINDOW_BITS', 'windowBits.server', 0],
    [{ contextTakeover: 1 }, 'INVALID_CONTEXT_TAKEOVER', 'contextTakeover', 1],
    [{ contextTakeover: [] }, 'INVALID_CONTEXT_TAKEOVER', 'contextTakeover', []],
    [{ windowBits: [15] }, 'INVALID_WINDOW_BITS', 'windowBits', [15]],
    [{ contextTakeover: { server: 'no' } }, 'INVALID_CONTEXT_TAKEOVER', 'contextTakeover.server', 'no'],
    [{ maxPayload: 5 }, 'UNKNOWN_OPTION', 'maxPayload', 5],
    [{ windowBits: { cilent: 15 } }, 'UNKNOWN_OPTION', 'windowBits.cilent', 15],
    [{ contextTakeover: { both: true } }, 'UNKNOWN_OPTION', 'contextTakeover.both', true],
    [null as unknown as object, 'INVALID_OPTIONS', 'options', null],
    [[], 'INVALID_OPTIONS', 'options', []],
    ['fast' as unknown as object, 'INVALID_OPTIONS', 'options', 'fast'],
    [false as unknown as object, 'INVALID_OPTIONS', 'options', false],
  ])('refuses %o', (options, code, option, value) => {
    const error = thrownBy(() => resolveCompressOptions(options as CompressOptions));
    expect(error).toBeInstanceOf(CompressOptionError);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code, option, value });
    expect((error as CompressOptionError).message).toContain((error as CompressOptionError).allowed);
  });

  test('withoutContextTakeover changes that alone', () => {
    const options = resolveCompressOptions({ contextTakeover: true, level: 3, windowBits: 10 });
    expect(withoutContextTakeover(options)).toEqual({
      ...options,
      clientContextTakeover: false,
      serverContextTakeover: false,
    });
  });
});
