import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A process, with what it has written. */
export interface Child {
  readonly process: ChildProcess;
  /** All it has written to stdout and stderr. */
  readonly output: string;
  /** All it has written to stdout. */
  readonly stdout: string;
  /** All it has written to stderr. */
  readonly stderr: string;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** Resolves to the first match in the output as soon as there is one; rejects when the process ends without. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * Starts a program; it is killed when the test is over, should it still run.
 *
 * @param cwd the folder it runs in; that of the test by default.
 */
export function spawnChild(
  program: string,
  args: readonly string[],
  stdin: 'pipe' | 'ignore' = 'ignore',
  cwd?: string,
): Child {
  const child = spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'], cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  let output = '';
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (stream === child.stdout) stdout += text;
      else stderr += text;
      for (const watcher of watchers) watcher();
    });
  }
  const sees = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output);
        if (match === null) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
      exited.then((code) => reject(new Error(`ended with ${code} without ${pattern}:\n${output}`)), reject);
    });
  return {
    process: child,
    exited,
    sees,
    get output() {
      return output;
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
  };
}
