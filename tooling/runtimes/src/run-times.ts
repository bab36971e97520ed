import { join } from 'node:path';

/** A run-time that runs programs, in both roles. */
export interface RunTime {
  readonly name: string;
  /** Path of its program. */
  readonly program: string;
  /** What comes before the path of a script. */
  readonly args: readonly string[];
}

/** Whether all run-times are here: on Linux on x64 alone. */
export const isComplete: boolean = process.platform === 'linux' && process.arch === 'x64';

/** The run-times of the matrix, from their binaries in `tooling/versions`; where these are not, the Node that runs this. */
export function runTimes(root: string): readonly RunTime[] {
  if (!isComplete) return [{ name: `Node ${process.version}`, program: process.execPath, args: [] }];
  const folder = join(root, 'tooling/versions/node_modules');
  const nodes = ['20', '22', '24', '26'].map((version) => ({
    name: `Node ${version}`,
    program: join(folder, `node${version}`, 'bin/node'),
    args: [],
  }));
  return [
    ...nodes,
    { name: 'Bun', program: join(folder, 'bun/bin/bun'), args: ['run'] },
    {
      name: 'Deno',
      program: join(folder, 'deno/deno'),
      // Beside the network: the suite makes a folder for a unix socket, which is a file that is read and written.
      args: ['run', '--no-prompt', '--allow-net', '--allow-read', '--allow-write', '--allow-env'],
    },
  ];
}

/** The run-time that is a client alone, over its own WebSocket. */
export const CHROMIUM = 'Chromium';
