import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isCompiled } from './masking.js';

const require = createRequire(import.meta.url);

/** The program that a server's process runs: its argument is the server's name. It tells its memory when it is asked to. */
export const serverProgram: URL = new URL('./server-process.js', import.meta.url);

/** Something that a server's process needs and that is not everywhere. */
export type Need = 'bufferutil' | 'bun' | VersionedNeed;

/** A run-time of the package of versions. */
type VersionedNeed = 'node20' | 'node24' | 'deno';

/** What a server's process is started with. */
export interface Runtime {
  /** Path of the program that runs JavaScript. */
  readonly command: string;
  /** What stands before the file that it runs. */
  readonly flags?: readonly string[];
  /** Added to this process's own environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Version of what was needed. */
  readonly version?: string;
}

/** Bun's program comes in a package for each platform. */
const bunPackages: Readonly<Record<string, string>> = {
  'darwin arm64': '@oven/bun-darwin-aarch64',
  'darwin x64': '@oven/bun-darwin-x64',
  'linux arm64': '@oven/bun-linux-aarch64',
  'linux x64': '@oven/bun-linux-x64',
};

/**
 * Finds what is needed.
 *
 * @throws Error that says what is missing here.
 */
export function runtimeWith(need: Need | undefined): Runtime {
  if (need === 'bufferutil') return withBufferutil();
  if (need === 'bun') return bun();
  if (need !== undefined) return versioned(need);
  return { command: process.execPath, environment: {} };
}

/** Node, with a path on which `ws` finds the addon that is hidden from it otherwise. */
function withBufferutil(): Runtime {
  const file = locate('masking-addon/package.json', 'bufferutil is not installed');
  const { version } = require(file) as { version: string };
  const { unmask } = require('masking-addon') as { unmask: unknown };
  if (!isCompiled(unmask)) throw new Error('bufferutil has no compiled code for this machine');
  // It is known here by another name, and lies in the store in a folder of its own one.
  return { command: process.execPath, environment: { NODE_PATH: dirname(dirname(file)) }, version };
}

function bun(): Runtime {
  const platform = `${process.platform} ${process.arch}`;
  const name = bunPackages[platform];
  if (name === undefined) throw new Error(`there is no Bun for ${platform} here`);
  const command = join(dirname(locate(`${name}/package.json`, `Bun is not installed (${name})`)), 'bin', 'bun');
  return { command, environment: {}, version: versionOf(command, 'Bun') };
}

/** Where the package of versions keeps the program of each, and how it runs a file. */
const versionedPrograms = {
  node20: { file: 'bin/node', title: 'Node 20' },
  node24: { file: 'bin/node', title: 'Node 24' },
  deno: { file: 'deno', title: 'Deno', flags: ['run', '--quiet', '--allow-all'] },
} as const satisfies Record<VersionedNeed, { file: string; title: string; flags?: readonly string[] }>;

function versioned(need: VersionedNeed): Runtime {
  const { file, title, ...flags } = versionedPrograms[need];
  const versions = dirname(locate('@webson/versions/package.json', 'the package of versions is not installed'));
  const command = join(versions, 'node_modules', need, file);
  return { command, environment: {}, version: versionOf(command, title), ...flags };
}

function versionOf(command: string, title: string): string {
  try {
    const said = execFileSync(command, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /\d+\.\d+\.\d+/.exec(said)?.[0] ?? said.trim();
  } catch (cause) {
    throw new Error(`${title} does not run on this machine`, { cause });
  }
}

function locate(file: string, complaint: string): string {
  try {
    return require.resolve(file);
  } catch (cause) {
    throw new Error(complaint, { cause });
  }
}
