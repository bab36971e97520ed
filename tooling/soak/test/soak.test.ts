import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test('30 seconds of coming and going: every message as the rules say, and memory back where it was', async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', main, '--seconds', '30']);
  expect(stdout).not.toContain('FAULT');
  const [, delivered, redials, refused] = /, (\d+) delivered .* (\d+) redials, (\d+) refused/.exec(stdout) ?? [];
  expect(Number(delivered)).toBeGreaterThan(1000);
  expect(Number(redials)).toBeGreaterThan(10);
  expect(Number(refused)).toBeGreaterThan(0);
}, 240_000);
