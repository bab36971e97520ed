import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf } from './imports.js';
import { packages } from './layers.js';
import { faultOf } from './rules.js';

/** The source files of a repository, those that Git ignores left out, from its root and with slashes. */
export function sourcesOf(root: string): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout, stderr } = spawnSync('git', [...args, '*.ts', '*.mts', '*.js', '*.mjs'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  // A file that was deleted and not yet staged is still listed.
  return stdout
    .split('\0')
    .filter((path) => path !== '' && !path.includes('/test/data/') && existsSync(join(root, path)));
}

/** What breaks the table: of these files, from the root. */
export function check(root: string, paths: readonly string[]): { path: string; line: number; message: string }[] {
  const faults: { path: string; line: number; message: string }[] = [];
  for (const path of paths) {
    for (const one of importsOf(path, readFileSync(join(root, path), 'utf8'))) {
      const message = faultOf(path, one);
      if (message !== undefined) faults.push({ path, line: one.line, message: `'${one.specifier}': ${message}` });
    }
  }
  return faults;
}

/** Rooms of the table that hold nothing: a folder that was moved would fall to the room around it without a word. */
export function emptyRooms(root: string): string[] {
  return packages
    .flatMap((row) => [{ room: '.' }, ...(row.rooms ?? [])].map(({ room }) => `packages/${row.package}/src/${room}`))
    .filter((path) => !existsSync(join(root, path)));
}
