import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

const example = fileURLToPath(new URL('../../', import.meta.url));
const root = join(example, '../../..');
const exec = promisify(execFile);

/** The example in a folder of its own. */
export interface Project {
  readonly folder: string;
  /** Runs a program in it, to its end. */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

/** Runs `copy-out.mjs`. Rejects with what it wrote when it fails. */
export async function copyOut(tarballs: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, TARBALLS: tarballs };
  const { stdout } = await exec(process.execPath, [join(example, 'copy-out.mjs'), ...args], { env });
  return stdout;
}

/**
 * Copies the example out of the repository, and installs the packages of webson that are packed as they are built now. No registry
 * is asked: what builds a project is that of the workspace.
 */
export async function createProject(): Promise<Project> {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'webson-chat-')));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  const [tarballs, folder] = [join(temporary, 'tarballs'), join(temporary, 'my-chat')];
  const pack = ['--recursive', '--filter-prod=webson...', '--silent', 'pack', `--pack-destination=${tarballs}`];
  await exec('npx', ['--prefer-offline', '-y', 'pnpm@12', ...pack], { cwd: root });
  await copyOut(tarballs, folder);
  const run = async (program: string, ...args: readonly string[]): Promise<string> => {
    return (await exec(program, args, { cwd: folder })).stdout;
  };

  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, object>;
  const { devDependencies = {}, ...others } = manifest;
  writeFileSync(join(folder, 'package.json'), JSON.stringify(others));
  await run('npm', 'install', '--offline', '--no-audit', '--no-fund', `--cache=${join(temporary, 'cache')}`);
  for (const name of Object.keys(devDependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(toolOf(name), link);
  }
  return { folder, run };
}

// Where a tool of the workspace lies: in that of the example, or in the root.
function toolOf(name: string): string {
  for (const base of [example, root]) {
    try {
      return realpathSync(join(base, 'node_modules', name));
    } catch {
      // It is in the other one.
    }
  }
  throw new Error(`${name} is installed neither for the example nor in the root`);
}
