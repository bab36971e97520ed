#!/usr/bin/env node
/*
 * Copies this example into a folder of its own, outside of the repository, with the packages of webson as `pnpm tarballs` has
 * packed them. Usage: node copy-out.mjs FOLDER
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../..');
/** What makes up the project, beside its package.json. */
const files = [
  'src',
  'README.md',
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.page.json',
  'tsconfig.server.json',
  'vite.config.ts',
];

try {
  const [target, ...more] = process.argv.slice(2);
  if (target === undefined || more.length > 0 || target.startsWith('-')) {
    throw new Error('the folder to copy to is needed, and nothing else');
  }
  copyTo(resolve(target));
} catch (error) {
  process.stderr.write(`copy-out: ${error.message}\n`);
  process.exitCode = 1;
}

function copyTo(target) {
  const tarballs = newestTarballs(process.env.TARBALLS ?? join(root, 'tarballs'));
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new Error(`${target} is there already, and not empty`);
  mkdirSync(join(target, 'packages'), { recursive: true });
  for (const file of files) cpSync(join(here, file), join(target, file), { recursive: true });
  for (const { path } of tarballs) cpSync(path, join(target, 'packages', basename(path)));
  writeFileSync(join(target, '.gitignore'), 'node_modules/\ndist/\ndata/\n');
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest(target, tarballs), undefined, 2)}\n`);
  process.stdout.write(`Copied. Go on with:\n\n  cd ${target} && npm install && npm run dev\n`);
}

function manifest(target, tarballs) {
  const { type, engines, scripts, devDependencies } = read(join(here, 'package.json'));
  const { dev, build, start } = scripts;
  const tools = read(join(root, 'package.json')).devDependencies;
  return {
    name: basename(target)
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-'),
    private: true,
    type,
    engines,
    scripts: { dev, build, start },
    // As long as they are in no registry, webson and what it is made of are files.
    dependencies: Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:packages/${basename(path)}`])),
    devDependencies: {
      '@types/node': tools['@types/node'],
      typescript: tools.typescript,
      vite: devDependencies.vite,
    },
  };
}

// webson, and what that needs; whatever else is packed stays behind.
function newestTarballs(folder) {
  const version = read(join(root, 'packages/webson/package.json')).version;
  const names = new Set(['webson']);
  for (const name of names) {
    const { dependencies } = read(join(root, 'packages', name.replace('@webson/', ''), 'package.json'));
    for (const one of Object.keys(dependencies ?? {})) names.add(one);
  }
  return [...names].map((name) => {
    const path = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    if (!existsSync(path)) throw new Error(`${path} is missing: npx -y pnpm@12 tarballs makes it`);
    return { name, path };
  });
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
