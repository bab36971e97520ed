import type { AddressInfo } from 'node:net';
import { Pool, type Server, Status, serve } from 'webson';
import { Random } from '../random.js';
import { Correspondent, type CorrespondentEvents } from './correspondent.js';
import { KINDS } from './kinds.js';
import { Postman } from './postman.js';

/** Options of {@link Host.open}. */
export interface HostOptions extends CorrespondentEvents {
  /** A life has got its name: from now on `lifeAt` knows it. */
  readonly onBegin?: (life: string) => void;
  /** Address to listen on. */
  readonly address: string;
  readonly seed: number;
}

/** Servers of all kinds, whose members send mails to their clients. */
export class Host {
  readonly #pool = new Pool({ name: 'host' });
  // By the ports of both sides of the TCP connection: to two servers there may be connections from one and the same port.
  readonly #byPorts = new Map<string, Correspondent>();
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
          const member = new Correspondent(connection, kind, options);
          const ports = portsKey(socket.localPort, socket.remotePort);
          host.#members.add(member);
          host.#byPorts.set(ports, member);
          connection.onStatus(Status.Closed, () => {
            host.#members.delete(member);
            if (host.#byPorts.get(ports) === member) host.#byPorts.delete(ports);
          });
          const life = `life ${++host.#lives}`;
          connection.onReady(() => {
            member.begin(life);
            options.onBegin?.(life);
          });
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

  /** The life whose TCP connection has these ports; undefined when there is none, or it has no name yet. */
  lifeAt(localPort: number, remotePort: number): string | undefined {
    return this.#byPorts.get(portsKey(localPort, remotePort))?.life || undefined;
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

function portsKey(localPort: number | undefined, remotePort: number | undefined): string {
  return `${localPort} ${remotePort}`;
}
