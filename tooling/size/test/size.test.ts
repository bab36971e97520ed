import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Limit {
  readonly name: string;
  readonly limit: string;
  readonly path: string;
  readonly ignore?: readonly string[];
}

interface Measured {
  readonly name: string;
  readonly passed: boolean;
  readonly size: number;
  readonly sizeLimit: number;
}

const folder = fileURLToPath(new URL('../', import.meta.url));
const packages = join(folder, '../../packages');
const limits = JSON.parse(readFileSync(join(folder, 'limits.json'), 'utf8')) as readonly Limit[];
const require = createRequire(import.meta.url);
const sizeLimit = join(dirname(require.resolve('size-limit/package.json')), 'bin.js');

/** What the built main module of a package imports: names as they are written. */
function importsOf(name: string, pattern: RegExp, file = 'index.js'): string[] {
  const built = readFileSync(join(packages, name, 'dist', file), 'utf8');
  return [...built.matchAll(pattern)].map(([, imported]) => imported as string).sort();
}

const STATIC = /^(?:import|export|\}) .*?["'](\..*?|@webson\/compress)["'];$/gm;
const DYNAMIC = /\bimport\(["'](.*?)["']\)/g;

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

it.each(readdirSync(packages))('%s is one module: many small ones take long to import', (name) => {
  expect(importsOf(name, STATIC)).toEqual({ connection: ['./internal.js'] }[name] ?? []);
});

it('what pages import and what siblings do there is one module, with all that is loaded on demand elsewhere', () => {
  expect(importsOf('connection', STATIC, 'web.js')).toEqual(['./web-internal.js']);
  expect(importsOf('connection', STATIC, 'web-internal.js')).toEqual([]);
});

it('what pages load on demand is what only errors need, in one module that shares nothing', () => {
  const onDemand = importsOf('connection', DYNAMIC, 'web-internal.js');
  expect(onDemand).toEqual(['./hints.js']);
  expect(importsOf('connection', STATIC, 'hints.js')).toEqual([]);
  const pages = limits.filter(({ path }) => path.endsWith('web.js'));
  for (const { ignore } of pages) expect(ignore).toEqual(onDemand);
});

it('what users import and what siblings do is one module, and what is loaded on demand shares a second one with it', () => {
  expect(importsOf('connection', STATIC, 'internal.js')).toEqual(['./chunk.js']);
});

it('what the limit of webson leaves out is what is loaded on demand, and each has a limit of its own', () => {
  const onDemand = importsOf('connection', DYNAMIC, 'internal.js');
  expect(onDemand).toHaveLength(3);
  const leftOut = limits.find(({ name }) => name === 'webson')?.ignore?.filter((one) => one !== 'node:*');
  expect([...(leftOut ?? [])].sort()).toEqual(onDemand);
  const limited = limits.flatMap(({ path }) => /connection\/dist\/(.*)$/.exec(path)?.[1] ?? []);
  expect(limited.map((file) => `./${file}`).sort()).toEqual(onDemand);
});
