import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process, with what it has written. */
export interface Child {
  readonly process: ChildProcess;
  /** All it has written to stdout and stderr. */
  readonly output: string;
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** Resolves to the first match in the output as soon as there is one; rejects when the process ends without. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
}

/** The server as built, running. */
export interface RunningServer {
  readonly child: Child;
  readonly pageUrl: string;
  readonly echoUrl: string;
}

/** Where the built command is. */
export function scriptOf(name: 'main' | 'client'): string {
  return fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
}

/** Starts a program; it is killed when the test is over, should it still run. */
export function spawnChild(program: string, args: readonly string[], stdin: 'pipe' | 'ignore' = 'ignore'): Child {
  const child = spawn(program, args, { stdio: [stdin, 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
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
  };
}

/** Starts one of the built commands; `input` is what it reads. */
export function startCommand(name: 'main' | 'client', args: readonly string[], input?: string): Child {
  const child = spawnChild(process.execPath, [scriptOf(name), ...args], input === undefined ? 'ignore' : 'pipe');
  child.process.stdin?.end(input);
  return child;
}

/** Starts the server, on any free port by default, and reads off where it is. */
export async function startServer(port = 0): Promise<RunningServer> {
  const child = startCommand('main', ['--port', `${port}`]);
  const [, pageUrl = '', echoUrl = ''] = await child.sees(/page: +(http:\S+)\n.* client (ws:\S+)\n/);
  return { child, pageUrl, echoUrl };
}
