import type { Child } from '../../harness/child.js';
import { portOf, type Start } from '../../harness/children.js';
import type { Cores } from '../../harness/cores.js';
import type { Memory } from '../../harness/memory.js';
import type { ServerKind } from './index.js';
import { runtimeWith, serverProgram } from './runtime.js';

/** A server in a process of its own that tells its memory. */
export class MeasuredServer {
  readonly #child: Child;
  readonly port: number;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts a server on its core, with as many open files as there can be; resolves when it listens. */
  static async start(start: Start, kind: ServerKind, cores: Cores): Promise<MeasuredServer> {
    const running = { ...runtimeWith(kind.needs), core: cores.server, flags: ['--expose-gc'], hasMostFiles: true };
    const child = start(`server ${kind.name}`, serverProgram, [kind.name], running);
    return new MeasuredServer(child, await portOf(child));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its memory, once no more than so many sockets are open: those of its clients and those that listen are not told apart. */
  async memory(sockets: number = Number.POSITIVE_INFINITY): Promise<Memory> {
    return (await this.#child.ask(String(sockets), 60_000)) as Memory;
  }
}
