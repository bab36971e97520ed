import { fileURLToPath } from 'node:url';
import type { Plan } from '../bench.js';
import { Child } from '../child.js';
import type { ServerKind } from '../servers/index.js';
import { runtimeWith } from '../servers/runtime.js';
import { withMostFiles } from './file-limit.js';
import type { Memory } from './memory.js';

/** A server in a process of its own that tells its memory. */
export class MeasuredServer {
  readonly #child: Child;
  #port = 0;

  private constructor(child: Child) {
    this.#child = child;
  }

  /** Starts a server on its core; resolves when it listens. */
  static async start(kind: ServerKind, cores: Plan['cores']): Promise<MeasuredServer> {
    const file = fileURLToPath(new URL('./server-process.js', import.meta.url));
    const args = withMostFiles(['--expose-gc', file, kind.name]);
    const { environment } = runtimeWith(kind.needs);
    const server = new MeasuredServer(new Child(`server ${kind.name}`, 'sh', args, cores.server, environment));
    try {
      const { port } = (await server.#child.line(20_000)) as { port: number };
      server.#port = port;
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its memory, once no more than so many sockets are open: those of its clients and those that listen are not told apart. */
  async memory(sockets: number = Number.POSITIVE_INFINITY): Promise<Memory> {
    this.#child.tell(String(sockets));
    return (await this.#child.line(60_000)) as Memory;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
