import { type ChildProcess, spawn } from 'node:child_process';
import { readerOf } from './line-reader.js';
import type { RunTime } from './run-times.js';

/** How a process has ended. */
export interface Ending {
  /** The exit code, or the signal. */
  readonly status: number | NodeJS.Signals | null;
  readonly stderr: string;
}

/** Milliseconds that a process which has nothing left to do has to end. */
const GRACE = 10_000;

/** A process of the suite: values go in and come out, a line each. */
export class Program {
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;

  constructor({ program, args }: RunTime, script: string, more: readonly string[], onValue: (value: unknown) => void) {
    const child = spawn(program, [...args, script, ...more], { stdio: 'pipe', env: environment() });
    this.#process = child;
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // A process that dies does not read its orders any more; its end is told by `ended`.
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on(
      'data',
      readerOf(onValue, (line) => {
        stderr += `on stdout: ${line}\n`;
      }),
    );
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => resolve({ status: null, stderr: String(error) }));
      child.on('close', (code, signal) => resolve({ status: code ?? signal, stderr }));
    });
  }

  send(value: unknown): void {
    this.#process.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Ends its input. It has nothing left to do then, and is killed if it does not end: its status is a signal. */
  async finish(): Promise<Ending> {
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.kill(), GRACE);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }
}

// What a developer has set for himself, such as NODE_OPTIONS, is no part of a run-time.
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_DEBUG: _debug, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
}
