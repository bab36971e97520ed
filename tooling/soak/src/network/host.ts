import type { AddressInfo } from 'node:net';
import { Pool, type Server, Status, serve } from 'webson';
import { Random } from '../random.js';
import { Correspondent, type LifeReport } from './correspondent.js';
import { KINDS } from './kinds.js';
import { Postman } from './postman.js';

/** Options of {@link Host.open}. */
export interface HostOptions {
  /** Address to listen on. */
  readonly address: string;
  readonly seed: number;
  readonly onReport: (report: LifeReport) => void;
}

/** Servers of all kinds, whose members send mails to their clients. */
export class Host {
  readonly #pool = new Pool({ name: 'host' });
  // By the port that the client's side of the TCP connection has.
  readonly #byPort = new Map<number, Correspondent>();
  readonly #members = new Set<Correspondent>();
  readonly #postman: Postman;
  #servers: Server[] = [];
  #lives = 0;

  private constructor(seed: number) {
    this.#postman = new Postman(new Random(seed), () => [...this.#members]);
  }

  /** Begins to listen; nothing is sent yet. */
  static async open(options: HostOptions): Promise<Host> {
    const host = new Host(options.seed);
    host.#servers = await Promise.all(
      KINDS.map((kind) =>
        serve({ ...kind.server, host: options.address }, (connection, { socket }) => {
          const member = new Correspondent(connection, kind, options.onReport);
          const port = socket.remotePort ?? 0;
          host.#members.add(member);
          host.#byPort.set(port, member);
          connection.onStatus(Status.Closed, () => {
            host.#members.delete(member);
            if (host.#byPort.get(port) === member) host.#byPort.delete(port);
          });
          const life = `life ${++host.#lives}`;
          connection.onReady(() => member.begin(life));
          host.#pool.add(connection);
        }),
      ),
    );
    return host;
  }

  /** Ports it listens on, one for each of the kinds. */
  get ports(): number[] {
    return this.#servers.map(({ address }) => (address as AddressInfo).port);
  }

  /** The life whose TCP connection comes from that port; undefined when there is none, or it has no name yet. */
  lifeAt(port: number): string | undefined {
    return this.#byPort.get(port)?.life || undefined;
  }

  /** Begins to send. */
  begin(): void {
    this.#postman.begin();
  }

  /** Sends no more. */
  stop(): void {
    this.#postman.stop();
  }

  /** Closes all connections, and resolves when nothing is left. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#pool.close();
  }
}
