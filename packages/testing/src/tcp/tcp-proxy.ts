import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Conditions, type ConditionsChange, calm, changed } from './conditions.js';
import { ProxiedLink } from './link.js';

/** Where a proxy connects to. */
export type ProxyTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Options of {@link TcpProxy.listen}. */
export interface TcpProxyOptions {
  readonly target: ProxyTarget;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Port to listen on; 0, the default, for any that is free. */
  readonly port?: number;
  /** The conditions of every new link, as changes to {@link calm}. */
  readonly conditions?: ConditionsChange;
  /** Returns a number from 0 to below 1, for jitter and the sizes of pieces. `Math.random` by default. */
  readonly random?: () => number;
}

/** A proxy between clients and a server, over TCP or a unix socket, that treats their bytes as a bad network does. */
export class TcpProxy implements AsyncDisposable {
  readonly #target: ProxyTarget;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #links = new Set<ProxiedLink>();
  #conditions: Conditions;
  #isRefusing = false;
  #onLink: ((link: ProxiedLink) => void) | undefined;

  private constructor({ target, conditions = {}, random = Math.random }: TcpProxyOptions) {
    this.#target = target;
    this.#random = random;
    this.#conditions = changed(calm, conditions);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#join(socket));
  }

  /**
   * Starts listening. Rejects with RangeError for a condition that is out of its range, and with the system's error
   * when it cannot listen.
   */
  static async listen(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    proxy.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The port that clients connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The open links, the oldest first. */
  get links(): ReadonlySet<ProxiedLink> {
    return this.#links;
  }

  /** Calls `action` with every new link. A later call replaces the action. */
  onLink(action: (link: ProxiedLink) => void): this {
    this.#onLink = action;
    return this;
  }

  /**
   * Changes the conditions of links that are made from now on.
   *
   * @throws RangeError for a condition that is out of its range.
   */
  set(change: ConditionsChange): void {
    this.#conditions = changed(this.#conditions, change);
  }

  /** With true, resets every new client, as a host without a server does; with false, accepts clients again. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  /** Closes all links, stops listening, and resolves when every socket is closed. */
  async close(): Promise<void> {
    const links = [...this.#links];
    for (const link of links) link.destroy();
    if (this.#server.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      await closed;
    }
    await Promise.all(links.map(({ closed }) => closed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #join(client: Socket): void {
    if (this.#isRefusing) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const link = new ProxiedLink(client, server, this.#conditions, this.#random);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    this.#onLink?.(link);
  }
}
