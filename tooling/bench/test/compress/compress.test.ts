import { expect, test } from 'vitest';
import { runBench } from '../command.js';

const MINUTE = 60_000;

test(
  'echoes on real processes, with and without takeover; every echo is looked at',
  async () => {
    const quick = ['--rounds', '1', '--seconds', '0.2', '--warmup', '0.1', '--cells', '1 KiB'];
    const { stdout } = await runBench(['compress', ...quick]);
    expect(stdout).toMatch(/\| 1 KiB \| no \| \d+ \| \d+ \| \*\*\d/);
    expect(stdout).toMatch(/\| 1 KiB \| yes \| \d+ \| \d+ \| \*\*\d/);
  },
  2 * MINUTE,
);

test(
  'weighs connections that are idle',
  async () => {
    const { stdout } = await runBench(['compress', '--memory', '--rounds', '1', '--connections', '10']);
    expect(stdout).toMatch(/\| on, without takeover \| -?[\d.]+ \| -?[\d.]+ \|/);
  },
  2 * MINUTE,
);
