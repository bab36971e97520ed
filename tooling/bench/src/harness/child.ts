import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A child process that speaks JSON lines on its standard output and ends when its standard input does. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #gone: Promise<unknown>;

  /** Starts `command`, on `core` only if one is given, with `environment` added to this process's own. */
  constructor(
    name: string,
    command: string,
    args: readonly string[],
    core: number | undefined,
    environment: NodeJS.ProcessEnv = {},
  ) {
    this.#name = name;
    const [file, all] = core === undefined ? [command, args] : ['taskset', ['-c', String(core), command, ...args]];
    this.#process = spawn(file, all, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.#process.stdin.on('error', () => {}); // a child that is gone already: `line` tells
    this.#gone = new Promise((resolve) => {
      this.#process.once('close', resolve);
      this.#process.once('error', resolve);
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Id of the process; taskset becomes the command it runs. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Writes a line to its input. */
  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Writes a line to its input, and returns what it answers, as {@link line} does. */
  ask(question: string, limit: number): Promise<unknown> {
    this.tell(question);
    return this.line(limit);
  }

  /** The next line of its output, parsed. Throws when it ends without one or takes longer than `limit` ms. */
  async line(limit: number): Promise<unknown> {
    const timer = new AbortController();
    const late = sleep(limit, timer.signal).then(() => {
      throw new Error(`${this.#name}: no answer within ${limit} ms`);
    });
    try {
      const next = await Promise.race([this.#lines.next(), late]);
      if (next.done === true) throw new Error(`${this.#name}: ended without an answer (${await this.#ending()})`);
      return JSON.parse(next.value);
    } finally {
      timer.abort();
    }
  }

  /** Ends it: politely at first, then by signal. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const timer = new AbortController();
      const ended = await Promise.race([this.#gone.then(() => true), sleep(2000, timer.signal).then(() => false)]);
      timer.abort();
      if (ended) return;
      this.#process.kill(signal);
    }
    await this.#gone;
  }

  async #ending(): Promise<string> {
    await this.#gone;
    return this.#process.signalCode ?? `exit code ${this.#process.exitCode}`;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
