import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Runs the command as it is built. Resolves with what it printed, rejects when its exit code is not 0. */
export function runBench(args: readonly string[], cwd?: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [main, ...args], { cwd, env: { ...process.env, WSLOAD: '' } });
}

/** Runs the command, and resolves with the figures that it has written, too. */
export function measureWith<Figures>(args: readonly string[]): Promise<{ stdout: string; figures: Figures }> {
  return inFolder(async (folder) => {
    const json = join(folder, 'figures.json');
    const { stdout } = await runBench([...args, '--json', json]);
    return { stdout, figures: JSON.parse(readFileSync(json, 'utf8')) as Figures };
  });
}

/** Does something with a folder that is gone afterwards. */
export async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
