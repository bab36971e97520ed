import { describe, expect, it } from 'vitest';
import {
  count,
  describeOptions,
  type OptionTable,
  pick,
  positive,
  readOptions,
  timingOf,
  timingOptions,
} from '../../src/harness/options.js';

const table = {
  size: { value: 'N', usual: '7', about: 'how large' },
  names: { value: 'LIST', about: ['some of', '  a  the first'] },
  fast: { about: 'do not wait' },
} as const satisfies OptionTable;

describe('readOptions', () => {
  it('takes what is given, and what is usual where nothing is', () => {
    expect(readOptions([], table)).toEqual({ given: { size: '7', fast: false }, isHelp: false, operands: [] });
    expect(readOptions(['--', '--size=9', '--names', 'a', '--fast', 'x'], table)).toEqual({
      given: { size: '9', names: 'a', fast: true },
      isHelp: false,
      operands: ['x'],
    });
    expect(readOptions(['-h'], table).isHelp).toBe(true);
  });

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--slow'], table)).toThrow('--slow');
    expect(() => readOptions(['--size'], table)).toThrow('--size');
  });
});

it('describes options in columns', () => {
  expect(describeOptions(table)).toEqual([
    '  --size N       how large (7)',
    '  --names LIST   some of',
    '                   a  the first',
    '  --fast         do not wait',
    '  --help',
  ]);
});

it('reads how often and how long', () => {
  const usual = timingOptions({ rounds: '3', seconds: '0.8', warmup: '0.4' });
  expect(timingOf(readOptions(['--rounds=5'], usual).given)).toEqual({ rounds: 5, seconds: 0.8, warmup: 0.4 });
  expect(() => timingOf(readOptions(['--rounds=0.5'], usual).given)).toThrow(
    '--rounds is 0.5: a whole number is needed',
  );
});

it('reads numbers and lists, and names what it does not know', () => {
  expect(count('--level', '0', 0)).toBe(0);
  expect(() => count('--level', '0')).toThrow('--level is 0');
  expect(positive('--seconds', '0.5')).toBe(0.5);
  for (const text of ['0', '-1', 'x', '3601', '']) expect(() => positive('--seconds', text)).toThrow('--seconds');
  expect(pick('--names', 'b, a', ['a', 'b'])).toEqual(['b', 'a']);
  expect(pick('--names', 'b', [{ name: 'a' }, { name: 'b' }])).toEqual([{ name: 'b' }]);
  expect(() => pick('--names', 'a,z', ['a', 'b'])).toThrow('--names: there is no z; there are a, b');
});
