import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../src/options.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const run = (...args: string[]): Promise<{ stdout: string }> => promisify(execFile)(process.execPath, [main, ...args]);

describe('the command', () => {
  test('runs as many cases as it is told, and ends', { timeout: 120_000 }, async () => {
    const { stdout } = await run('--cases', '1000', '--seed', '7');
    expect(stdout).toMatch(/^seed 7\ndecoder {2}200 cases/);
    expect(stdout).toMatch(/\nconnection {2}800 cases/);
    expect(stdout).toMatch(/\nendpoints {2}2 cases/);
    expect(stdout).toMatch(/\nnothing found\n$/);
  });

  test('ends when its time is over', { timeout: 120_000 }, async () => {
    const { stdout } = await run('--cases', '1000000000', '--minutes', '0.02', '--targets', 'decoder');
    expect(stdout).toMatch(/\nnothing found\n$/);
  });

  test('takes its seed from FC_SEED', () => {
    expect(parseOptions([], { FC_SEED: '42' })).toMatchObject({ seed: 42, cases: 5_000_000, minutes: 10 });
    expect(parseOptions(['--seed', '1'], { FC_SEED: '42' })).toMatchObject({ seed: 1 });
  });

  test.each([
    ['--cases', '0'],
    ['--cases', '1.5'],
    ['--seed', ''],
    ['--minutes', '-1'],
    ['--targets', 'both'],
  ])('refuses %s %s', (name, value) => {
    expect(() => parseOptions([`${name}=${value}`], {})).toThrow(name);
  });
});
