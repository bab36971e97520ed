import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const pathOf = (name: string): string => fileURLToPath(new URL(`../dist/${name}/main.js`, import.meta.url));

it('measures broadcasts of both on real processes', async () => {
  const { stdout } = await run(process.execPath, [
    pathOf('broadcast'),
    '--connections',
    '20',
    '--rounds',
    '2',
    '--seconds',
    '0.05',
  ]);
  expect(stdout.match(/^ ?\d+ at once {2}(ws|webson) .* deliveries\/s .* ratio /gm)).toHaveLength(4);
});

it('measures the memory of idle connections', async () => {
  const { stdout } = await run(process.execPath, [pathOf('idle'), '--connections', '100', '--rounds', '1']);
  expect(stdout.match(/bytes of RSS per idle connection/g)).toHaveLength(2);
});
