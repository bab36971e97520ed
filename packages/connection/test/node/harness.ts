import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { type ServeOptions, serve } from '../../src/node/server/serve.js';
import type { ConnectionHandler, Server } from '../../src/node/server/server.js';
import { turns } from '../support/turns.js';

/** A certificate for localhost and 127.0.0.1, good for a hundred years, and its key. */
export const TLS = {
  key: readFileSync(new URL('../data/key.pem', import.meta.url), 'utf8'),
  cert: readFileSync(new URL('../data/cert.pem', import.meta.url), 'utf8'),
};

const cleanUps: (() => unknown)[] = [];

/** Sees to it that `action` is called at the end of the test, before it is looked whether something is left. */
export function cleanUp(action: () => unknown): void {
  cleanUps.push(action);
}

/** A request that a server has to take, as it stands on the wire. */
export function upgradeRequest(more = '', target = '/'): string {
  return (
    `GET ${target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`
  );
}

/** The path of a unix socket that nobody listens on yet. */
export function socketPath(): string {
  return join(tmpdir(), `webson-${randomUUID()}.sock`);
}

/** A server of bytes; every socket of it is destroyed when the test has finished. */
export interface ByteServer {
  readonly port: number;
  readonly server: NetServer;
  readonly sockets: Set<Socket>;
}

/** Listens on a free port of the loopback address, or on a unix socket. Its sockets end when the client does. */
export async function listen(onSocket: (socket: Socket) => void, path?: string): Promise<ByteServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  cleanUp(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, server, sockets };
}

/** Serves until the test has finished. */
export async function serveForTest<Data = undefined>(
  options: ServeOptions<Data>,
  ...handler: ConnectionHandler<Data>[]
): Promise<Server<NoInfer<Data>>> {
  const server = await serve({ host: '127.0.0.1', ...options }, handler[0] ?? (() => {}));
  cleanUp(() => server.close());
  return server;
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  return (server.address as AddressInfo).port;
}

/** A client that speaks bytes; it is destroyed when the test has finished. */
export class RawClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  hasEnded = false;
  hasClosed = false;
  error: Error | undefined;
  #watchers: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.hasClosed = true;
      this.#changed();
    });
    cleanUp(() => void socket.destroy());
  }

  static to(port: number, greeting?: string): RawClient {
    const client = new RawClient(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    if (greeting !== undefined) client.socket.write(greeting, 'latin1');
    return client;
  }

  get bytes(): Buffer {
    return this.#received;
  }

  get text(): string {
    return this.#received.toString('latin1');
  }

  /** Resolves once `isMet`; it is asked after every event. */
  async until(isMet: (client: this) => boolean): Promise<void> {
    while (!isMet(this)) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** The head of the answer, once it is there. */
  async head(): Promise<string> {
    await this.until(({ text, hasClosed }) => text.includes('\r\n\r\n') || hasClosed);
    return this.text.slice(0, this.text.indexOf('\r\n\r\n') + 4);
  }

  #changed(): void {
    for (const resolve of this.#watchers.splice(0)) resolve();
  }
}

/** The two ends of a TCP connection, or of one over a unix socket; the caller destroys them. */
export async function socketPair(path?: string): Promise<[Socket, Socket, NetServer]> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const target = path === undefined ? { port: (server.address() as AddressInfo).port, host: '127.0.0.1' } : { path };
  const left = connect(target);
  const [[right]] = await Promise.all([once(server, 'connection'), once(left, 'connect')]);
  return [left, right as Socket, server];
}

/** In every test of the file: whatever it opened is gone at its end, and nothing reached the process meanwhile. */
export function expectNothingLeft(): void {
  let before: string[];
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  beforeEach(() => {
    before = openResources();
    process.on('uncaughtException', onUncaught);
    process.on('unhandledRejection', onUncaught);
  });
  afterEach(async () => {
    for (const action of cleanUps.splice(0).reverse()) await action();
    // Bounded by the time limit of the hook.
    while (openResources().length > before.length) await turns(1);
    process.off('uncaughtException', onUncaught);
    process.off('unhandledRejection', onUncaught);
    expect(uncaught.splice(0)).toEqual([]);
  });
}

// Sockets, servers and timers that keep the process alive.
function openResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Pipe|Timeout/.test(name));
}

/** The code and class of what a promise rejects with. */
export async function rejection<T>(promise: Promise<T>): Promise<Error & { code?: string; status?: number }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not reject');
}

/** A socket that the other side resets instead of ending: it sends RST. */
export function reset(socket: Socket): void {
  if (!(socket instanceof Socket)) throw new TypeError('a TCP socket expected');
  socket.resetAndDestroy();
}
