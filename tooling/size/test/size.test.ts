import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Limit {
  readonly name: string;
  readonly limit: string;
  readonly path: string;
}

interface Measured {
  readonly name: string;
  readonly passed: boolean;
  readonly size: number;
  readonly sizeLimit: number;
}

const folder = fileURLToPath(new URL('../', import.meta.url));
const limits = JSON.parse(readFileSync(join(folder, '.size-limit.json'), 'utf8')) as readonly Limit[];
const require = createRequire(import.meta.url);
const sizeLimit = join(dirname(require.resolve('size-limit/package.json')), 'bin.js');

/** Runs size-limit over all limits; it exits with 1 when one is exceeded, and says which all the same. */
const measured = new Promise<readonly Measured[]>((resolve, reject) => {
  execFile(process.execPath, [sizeLimit, '--json'], { cwd: folder }, (error, stdout, stderr) => {
    if (stdout === '') reject(error ?? new Error(stderr));
    else resolve(JSON.parse(stdout) as readonly Measured[]);
  });
});

it.each(limits)('$name takes at most $limit, minified and gzipped', async ({ name }) => {
  const found = (await measured).find((one) => one.name === name);
  expect(found?.size).toBeGreaterThan(1000);
  expect(found?.size).toBeLessThanOrEqual(found?.sizeLimit ?? 0);
  expect(found?.passed).toBe(true);
});

it.each(limits)('$name is one module: many small ones take long to import', ({ path }) => {
  const built = readFileSync(join(folder, path), 'utf8');
  expect(built.match(/ from ['"]\..*/g)).toBeNull();
});
