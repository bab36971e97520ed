import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonMessage } from '../src/compress/messages.js';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/compress/main.js', import.meta.url));
const MINUTE = 60_000;

test('messages are JSON of just that many bytes, others for another seed', () => {
  for (const size of [1024, 10_240, 102_400]) {
    const messages = [1, 2, 3].map((seed) => jsonMessage(size, seed));
    for (const message of messages) {
      expect(Buffer.byteLength(message)).toBe(size);
      expect(JSON.parse(message)).toBeInstanceOf(Array);
    }
    expect(new Set(messages).size).toBe(3);
  }
});

test(
  'echoes on real processes, with and without takeover; every echo is looked at',
  async () => {
    const quick = ['--rounds', '1', '--seconds', '0.2', '--warmup', '0.1', '--cells', '1 KiB'];
    const { stdout } = await run(process.execPath, [main, ...quick]);
    expect(stdout).toMatch(/\| 1 KiB \| no \| \d+ \| \d+ \| \*\*\d/);
    expect(stdout).toMatch(/\| 1 KiB \| yes \| \d+ \| \d+ \| \*\*\d/);
  },
  2 * MINUTE,
);

test(
  'weighs connections that are idle',
  async () => {
    const { stdout } = await run(process.execPath, [main, '--memory', '--rounds', '1', '--connections', '10']);
    expect(stdout).toMatch(/\| on, without takeover \| -?[\d.]+ \| -?[\d.]+ \|/);
  },
  2 * MINUTE,
);
