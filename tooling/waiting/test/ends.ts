import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { pooled } from '@webson/connection/internal';
import { type Connection, type ConnectionOptions, dial, type Server, serve } from 'webson';

const file = (name: string): string => readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8');
const TLS = { key: file('key.pem'), cert: file('cert.pem') };

/** Ways to join a client to a server. */
export const CARRIERS = ['TCP', 'TLS', 'unix socket', 'directSockets: false'] as const;
/** One of {@link CARRIERS}. */
export type Carrier = (typeof CARRIERS)[number];

/** Two connections over a real socket, not started. */
export interface Ends {
  readonly client: Connection;
  readonly server: Connection;
  /** The client's socket. */
  readonly socket: Socket;
  /** Ends whatever is left. */
  dispose(): Promise<void>;
}

/** Serves, dials, and gives both ends. */
export async function connectEnds(
  carrier: Carrier,
  clientOptions: ConnectionOptions,
  serverOptions: ConnectionOptions = clientOptions,
): Promise<Ends> {
  const direct = { directSockets: carrier !== 'directSockets: false' };
  const socketPath = join(tmpdir(), `waiting-${randomUUID()}.sock`);
  const place = carrier === 'unix socket' ? { socketPath } : { host: '127.0.0.1' };
  let release: () => void = () => {};
  const isOver = new Promise<void>((resolve) => {
    release = resolve;
  });
  let accept: (connection: Connection) => void = () => {};
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve;
  });
  const options = { ...serverOptions, ...direct, ...place, ...(carrier === 'TLS' ? { tls: TLS } : {}) };
  // A connection is started when this has resolved: that is for the test to do.
  const server: Server = await serve(options, (connection) => {
    accept(connection);
    return isOver;
  });
  const { address } = server;
  let socket: Socket | undefined;
  const client = await dial(carrier === 'TLS' ? 'wss://127.0.0.1' : 'ws://127.0.0.1', {
    ...clientOptions,
    ...direct,
    connect: () => {
      socket =
        typeof address === 'string'
          ? connectSocket(address)
          : carrier === 'TLS'
            ? connectTls({ port: address.port, host: '127.0.0.1', ca: TLS.cert, servername: 'localhost' })
            : connectSocket(address.port, '127.0.0.1');
      return socket;
    },
  });
  const connection = await accepted;
  return {
    client,
    server: connection,
    socket: socket!,
    async dispose() {
      release();
      pooled(client).terminate();
      pooled(connection).terminate();
      await server.close();
    },
  };
}

/** Rejects when the promise takes longer than any that is owed something waits on the slowest machine. */
export async function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
