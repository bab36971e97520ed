import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../src/options.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('the command', () => {
  test('runs as many cases as it is told, and ends', { timeout: 120_000 }, async () => {
    const env = { ...process.env, CASES: '200', SEED: '7' };
    const { stdout } = await promisify(execFile)(process.execPath, [main], { env });
    expect(stdout).toMatch(/^seed 7\n200 cases/);
    expect(stdout).toMatch(/\nnothing found\n$/);
  });

  test('takes what it is told from the environment', () => {
    expect(readOptions({})).toMatchObject({ cases: 20_000, path: undefined });
    expect(readOptions({ CASES: '5', SEED: '-3', CASE_PATH: '4:0', MINUTES: '2' })).toEqual({
      cases: 5,
      seed: -3,
      path: '4:0',
      isSurvey: false,
      minutes: 2,
    });
  });

  test.each([
    ['CASES', '0'],
    ['CASES', '1.5'],
    ['SEED', ' '],
    ['MINUTES', '-1'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readOptions({ [name]: value })).toThrow(name);
  });
});
