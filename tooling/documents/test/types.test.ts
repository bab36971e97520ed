import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shown } from './shown/index.js';
import { nameOf, Program } from './support/program.js';
import type { Shown } from './support/shown.js';

const FOLDER = new URL('../.cache/types/', import.meta.url);

const OPTIONS = {
  allowJs: true,
  checkJs: true,
  target: 'ES2023',
  module: 'NodeNext',
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

/** What the compiler has to say about programs, by their places. */
async function complaints(name: string, ones: readonly Shown[], options: object): Promise<string[]> {
  const folder = new URL(`${name}/`, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const places = new Map<string, string>();
  for (const one of ones) {
    const program = new Program(one);
    const file = `${nameOf(one.at)}.${/^t/.test(program.language) ? 'mts' : 'mjs'}`;
    places.set(file, one.at);
    writeFileSync(new URL(file, folder), program.script());
  }
  writeFileSync(
    new URL('tsconfig.json', folder),
    JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, include: ['*.mjs', '*.mts'] }),
  );
  const compiler = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  const args = [compiler, '--pretty', 'false', '-p', fileURLToPath(folder)];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: fileURLToPath(folder), maxBuffer: 1 << 24 }, (_, text) => resolve(text));
  });
  const isExpected = (line: string): boolean =>
    ones.some(({ at, complaints: known = [] }) => line.startsWith(at) && known.some((pattern) => pattern.test(line)));
  const lines = output.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => line.replace(/^[^(\s]+/, (file) => places.get(file) ?? file))
    .filter((line) => !isExpected(line));
}

/** Of JavaScript names and kinds of values are looked at; it cannot say what its functions take, nor that a value is there. */
const LOOSE = { strict: true, noImplicitAny: false, strictNullChecks: false, useUnknownInCatchVariables: false };

const scripts = shown.filter((one) => new Program(one).isScript);

const isTyped = (one: Shown): boolean => /^(ts|mts|typescript)$/.test(new Program(one).language);

test.each([
  ['JavaScript', scripts.filter((one) => !isTyped(one)), LOOSE],
  ['TypeScript', scripts.filter(isTyped), { strict: true }],
])('every name and option of every snippet exists: %s', async (name, ones, options) => {
  expect(ones.length).toBeGreaterThan(0);
  const forNode = ones.filter(({ isForBrowsers }) => isForBrowsers !== true);
  expect(await complaints(name, forNode, { ...options, types: ['node'], lib: ['ES2023'] })).toEqual([]);
  const forBrowsers = ones.filter(({ isForBrowsers }) => isForBrowsers === true);
  if (forBrowsers.length === 0) return;
  expect(await complaints(`${name}-browsers`, forBrowsers, { ...options, types: [], lib: ['ES2023', 'DOM'] })).toEqual(
    [],
  );
});
