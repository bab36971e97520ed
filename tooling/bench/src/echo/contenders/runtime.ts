import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isCompiled } from './masking.js';

const require = createRequire(import.meta.url);

/** The program that a server's process runs: its argument is the server's name. It tells its memory when it is asked to. */
export const serverProgram: URL = new URL('./server-process.js', import.meta.url);

/** Something that a server's process needs and that is not everywhere. */
export type Need = 'bufferutil' | 'bun';

/** What a server's process is started with. */
export interface Runtime {
  /** Path of the program that runs JavaScript. */
  readonly command: string;
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
  try {
    const version = execFileSync(command, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return { command, environment: {}, version };
  } catch (cause) {
    throw new Error('Bun does not run on this machine', { cause });
  }
}

function locate(file: string, complaint: string): string {
  try {
    return require.resolve(file);
  } catch (cause) {
    throw new Error(complaint, { cause });
  }
}
