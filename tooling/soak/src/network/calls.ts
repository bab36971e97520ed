import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LifeReport } from './correspondent.js';
import type { Namespaces, Place } from './namespaces.js';

/** What a process of a soak is asked to do: a name, and what belongs to it. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument?: unknown;
}

/** What such a process says: the answer to a call, a report, or a fault. */
export type Saying =
  | { readonly id: number; readonly answer: unknown }
  | { readonly report: LifeReport }
  | { readonly fault: string };

/** Who is told what a process says of its own accord. */
export interface WorkerEvents {
  onReport(report: LifeReport): void;
  onFault(what: string): void;
}

/** A process in a namespace that does what it is asked to. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #lastId = 0;

  /** @param module beside this one. */
  constructor(namespaces: Namespaces, place: Place, module: string, events: WorkerEvents) {
    const { program, args } = namespaces.command(place, process.execPath, ['--expose-gc']);
    this.#child = fork(fileURLToPath(new URL(module, import.meta.url)), [], { execPath: program, execArgv: args });
    this.#child.on('message', (saying: Saying) => {
      if ('report' in saying) events.onReport(saying.report);
      else if ('fault' in saying) events.onFault(saying.fault);
      else {
        this.#calls.get(saying.id)?.resolve(saying.answer);
        this.#calls.delete(saying.id);
      }
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#calls.values()) reject(new Error(`${module} has ended with ${code ?? signal}`));
      this.#calls.clear();
    });
  }

  /** Asks for something; resolves to the answer. Rejects when the process ends before. */
  ask(name: string, argument?: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#child.send({ id, name, argument } satisfies Call);
    });
  }

  /** Ends the process, if it has not ended. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** The other side of a {@link Worker}: answers calls by the actions of their names, until the channel is closed. */
export function answerCalls(actions: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', (call: Call) => {
    void Promise.resolve((actions[call.name] as (argument: unknown) => unknown)(call.argument)).then((answer) =>
      say({ id: call.id, answer }),
    );
  });
  // Whoever has asked is gone.
  process.on('disconnect', () => process.exit());
}

/** Says something of its own accord. */
export function say(saying: Saying): void {
  if (process.connected) process.send?.(saying);
}
