import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ProxiedLink, TcpProxy, type TcpProxyOptions } from '../../src/tcp/index.js';

/** What an end of a link has seen. */
export class Seen {
  readonly socket: Socket;
  /** Chunks as they came. */
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<'end' | 'reset'>;
  readonly #watchers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      for (const watcher of this.#watchers) watcher();
    });
    this.ended = new Promise((resolve) => {
      socket.on('error', () => resolve('reset'));
      socket.on('end', () => resolve('end'));
    });
  }

  /** All that has come. */
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Resolves when so many bytes have come. */
  has(length: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.bytes.length < length) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** A client and a server that are joined by a proxy. */
export interface Joined {
  readonly proxy: TcpProxy;
  readonly link: ProxiedLink;
  readonly client: Seen;
  readonly server: Seen;
}

/** Both ends, connected; all of it is gone when the test is over. */
export async function join(options: Omit<TcpProxyOptions, 'target'> = {}): Promise<Joined> {
  const listening = createServer({ allowHalfOpen: true });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const proxy = await TcpProxy.listen({ ...options, target: { port: (listening.address() as AddressInfo).port } });
  const accepted = once(listening, 'connection');
  const linked = new Promise<ProxiedLink>((resolve) => proxy.onLink(resolve));
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  const [other] = (await accepted) as [Socket];
  onTestFinished(async () => {
    socket.destroy();
    other.destroy();
    listening.close();
    await proxy.close();
  });
  return { proxy, link: await linked, client: new Seen(socket), server: new Seen(other) };
}

/** So many bytes, each told from its neighbours. */
export function bytes(length: number): Buffer {
  const made = Buffer.alloc(length);
  for (let i = 0; i < length; i++) made[i] = i * 31 + (i >>> 8) * 7;
  return made;
}
