import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { runWell } from './run.js';

/** The root of the workspace. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** The public names of the packages. */
export const packageNames: readonly string[] = readdirSync(join(root, 'packages')).map((folder) => {
  return (JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as { name: string }).name;
});

/** An empty folder outside of the workspace, which goes with the tests of the file. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'webson-published-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Packs all packages as they are built now. */
export async function packAll(target: string): Promise<readonly string[]> {
  const pack = ['--recursive', '--filter=./packages/*', '--silent', 'pack', `--pack-destination=${target}`];
  await runWell('npx', ['--prefer-offline', '-y', 'pnpm@12', ...pack], root);
  return readdirSync(target)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(target, name));
}

/** A project with the packages in its `node_modules`, unpacked and nothing else. */
export async function createProject(): Promise<string> {
  const project = temporaryFolder();
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const tarballs = await packAll(temporaryFolder());
  for (const tarball of tarballs) {
    const { name } = JSON.parse(await runWell('tar', ['xzOf', tarball, 'package/package.json'], project)) as {
      name: string;
    };
    const target = join(project, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    await runWell('tar', ['xzf', tarball, '-C', target, '--strip-components=1'], project);
  }
  return project;
}

/** Writes a file of the project. */
export function writeTo(project: string, path: string, content: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), content);
}
