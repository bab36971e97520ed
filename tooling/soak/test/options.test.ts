import { describe, expect, test } from 'vitest';
import { parseOptions } from '../src/options.js';

test('five minutes of everything by default', () => {
  expect(parseOptions([])).toMatchObject({
    seconds: 300,
    connections: undefined,
    scenarios: ['members', 'proxies', 'namespaces'],
  });
});

test('takes minutes or seconds, a seed, a size, scenarios; behind a -- too', () => {
  expect(parseOptions(['--', '--minutes', '120', '--seed', '7'])).toMatchObject({ seconds: 7200, seed: 7 });
  const some = parseOptions(['--seconds', '9', '--connections', '50', '--scenarios', 'proxies,members']);
  expect(some).toMatchObject({ seconds: 9, connections: 50, scenarios: ['proxies', 'members'] });
  expect(parseOptions(['--help'])).toBeUndefined();
});

describe('refuses', () => {
  test.each([
    ['--minutes', '-1'],
    ['--seconds', 'ten'],
    ['--connections', ''],
    ['--scenarios', 'proxies,all'],
  ])('%s %s', (name, value) => {
    expect(() => parseOptions([`${name}=${value}`])).toThrow(name);
  });
});
