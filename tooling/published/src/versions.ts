import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.js';

const folder = join(root, 'tooling/versions/node_modules');

/** A Node to run programs in. */
export interface NodeVersion {
  readonly title: string;
  readonly program: string;
}

/** The versions of Node that are there: all on Linux on x64, elsewhere the one that runs this. */
export const nodes: readonly NodeVersion[] =
  process.platform === 'linux' && process.arch === 'x64'
    ? ['20', '22', '24', '26'].map((version) => ({
        title: `Node ${version}`,
        program: join(folder, `node${version}`, 'bin/node'),
      }))
    : [{ title: `Node ${process.version}`, program: process.execPath }];

/** The compiler of a version of TypeScript: a program for Node. */
export function compilerOf(version: string): string {
  const programs = ['tsc', 'tsc6'].map((name) => join(folder, `typescript${version}`, 'bin', name));
  const found = programs.find((program) => existsSync(program));
  if (found === undefined) throw new Error(`TypeScript ${version} is not installed in ${folder}`);
  return found;
}

/** Where `@types/node` of a version lies. */
export function nodeTypesOf(version: string): string {
  return join(folder, `node-types${version}`);
}
