import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import {
  ConfigError,
  type Connection,
  checkOptions,
  delay,
  integer,
  type OptionKinds,
  platform,
  STRING,
  summaryOf,
} from '@webson/connection/internal';
import { type Channel, openChannel } from './channel.js';
import { SERVICE_PREFIX } from './expose.js';
import { pipeBoth, reset } from './pipes.js';

/** Options of `forward`. */
export interface ForwardOptions {
  /** The address to listen on; '127.0.0.1', this machine alone, by default. Whoever reaches it reaches the peer's service. */
  host?: string;
  /** The port to listen on; 0, one that is free, by default. */
  port?: number;
  /** The path of a unix socket to listen on in place of a port. */
  path?: string;
  /** Most connections at a time, 1 or more; 1000 by default. Others are cut off. */
  maxConnections?: number;
  /** Milliseconds until the peer has to have reached the service; 30000 by default. */
  timeout?: number;
}

const FORWARD_KINDS: OptionKinds<ForwardOptions, 'path'> = {
  host: { ...STRING, default: '127.0.0.1' },
  port: integer(0, 0, 65_535),
  path: STRING,
  maxConnections: integer(1000, 1),
  timeout: delay(30_000),
};

/** What listens for connections to a service of the peer. */
export interface Forwarding {
  /** The port that it listens on; 0 for a unix socket. */
  readonly port: number;
  /** Listens no more, and ends what is connected. Resolves when that is done. */
  close(): Promise<void>;
}

/**
 * Listens, and connects whoever comes to a service that the peer has exposed under that name: see `expose`.
 *
 * Each connection is a channel of its own. When the peer does not have the service, or cannot reach it, or the WebSocket
 * connection is not there at the moment, whoever comes is cut off (`NODE_DEBUG=webson` shows why), and can come again: it works again once a client of a pool was
 * dialled again.
 *
 * Rejects with ConfigError for an option that is wrong, and with the error of the system when it cannot listen.
 */
export async function forward(
  connection: Connection<unknown>,
  service: string,
  options: ForwardOptions = {},
): Promise<Forwarding> {
  const { host, port, path, maxConnections, timeout } = checkOptions('options', options, FORWARD_KINDS);
  if (typeof service !== 'string') throw new ConfigError(`service: a string expected, got a ${typeof service}`);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    connectTo(connection, SERVICE_PREFIX + service, socket, timeout);
  });
  server.maxConnections = maxConnections;
  await listen(server, path === undefined ? { host, port } : { path });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: async () => {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      for (const socket of sockets) reset(socket);
      await closed;
    },
  };
}

function connectTo(connection: Connection<unknown>, name: string, socket: Socket, timeout: number): void {
  let channel: Channel;
  try {
    channel = openChannel(connection, name, { timeout });
  } catch (error) {
    traceCutOff(connection, name, error as Error);
    reset(socket);
    return;
  }
  // The error is for whoever has connected, who is cut off and cannot be told why.
  channel.on('error', (error) => traceCutOff(connection, name, error));
  void pipeBoth(socket, channel);
}

function traceCutOff(connection: Connection<unknown>, name: string, error: Error): void {
  platform.trace?.(`a connection to ${JSON.stringify(name)} was cut off: ${summaryOf(error)}`, connection);
}

async function listen(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}
