import { TcpProxy } from '@webson/testing/tcp';
import type { RunTime } from './run-times.js';
import { ServerProgram } from './server-program.js';
import type { Asked } from './suite/lines.js';

type BreakAt = Parameters<Parameters<Parameters<TcpProxy['onLink']>[0]>[0]['breakAt']>;

/** What a client may be provided with beside its server: networks that misbehave, and another server that is killed. */
export class Judge {
  readonly #server: ServerProgram;
  readonly #runTime: RunTime;
  readonly #script: string;
  readonly #networks = new Map<number, TcpProxy>();
  #second: ServerProgram | undefined;

  constructor(server: ServerProgram, runTime: RunTime, script: string) {
    this.#server = server;
    this.#runTime = runTime;
    this.#script = script;
  }

  /** Answers what a client's process asks. */
  async answer(to: Asked, order: string, detail: unknown): Promise<unknown> {
    if (to === 'server') return this.#server.ask(order, detail);
    if (to === 'judge') return this.#obey(order, detail as Detail);
    if (this.#second === undefined) throw new Error('there is no second server');
    return this.#second.ask(order, detail);
  }

  /** Puts away what a case has left. */
  async clear(): Promise<void> {
    await this.#killSecond();
    const networks = [...this.#networks.values()];
    this.#networks.clear();
    await Promise.all(networks.map((network) => network.close()));
  }

  async #obey(order: string, detail: Detail): Promise<unknown> {
    switch (order) {
      case 'clear':
        return this.clear();
      case 'second.start':
        this.#second = new ServerProgram(this.#runTime, this.#script);
        return;
      case 'second.kill':
        return this.#killSecond();
      case 'network': {
        const network = await TcpProxy.listen({ target: { port: detail.port } });
        this.#networks.set(network.port, network);
        return network.port;
      }
      default:
        return this.#change(this.#networkAt(detail.port), order, detail);
    }
  }

  #change(network: TcpProxy, order: string, { direction = 'down', where, split }: Detail): void {
    const links = [...network.links];
    if (order === 'network.break' && where !== undefined) network.onLink((link) => link.breakAt(direction, where));
    else if (order === 'network.set' && split !== undefined) network.set({ split });
    else if (order === 'network.hold') for (const link of links) link.hold();
    else if (order === 'network.release') for (const link of links) link.release();
    else if (order === 'network.swallow') for (const link of links) link.swallow();
    else throw new Error(`there is no order ${order}`);
  }

  #networkAt(port: number): TcpProxy {
    const network = this.#networks.get(port);
    if (network === undefined) throw new Error(`there is no network at ${port}`);
    return network;
  }

  async #killSecond(): Promise<void> {
    const second = this.#second;
    this.#second = undefined;
    second?.program.kill();
    await second?.program.ended;
  }
}

interface Detail {
  readonly port: number;
  readonly direction?: BreakAt[0];
  readonly where?: BreakAt[1];
  readonly split?: number;
}
