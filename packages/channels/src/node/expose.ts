import { connect, type Socket } from 'node:net';
import {
  after,
  ConfigError,
  type Connection,
  checkOptions,
  delay,
  integer,
  isRecord,
  type OptionKinds,
} from '@webson/connection/internal';
import { ChannelCode } from '../channel-error.js';
import { type Channel, onChannel } from './channel.js';
import { pipeBoth } from './pipes.js';

/** Where the connections to a service go: a TCP port, or the path of a unix socket. */
export type ServiceTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/** Options of `expose`. */
export interface ExposeOptions {
  /** Most connections to one service at a time, 1 or more; 1000 by default. Others are refused. */
  maxConnections?: number;
  /** Milliseconds until the service has to have accepted a connection; 10000 by default. */
  timeout?: number;
}

const EXPOSE_KINDS: OptionKinds<ExposeOptions> = { maxConnections: integer(1000, 1), timeout: delay(10_000) };

/** What stands before the name of a service in the name of a channel. */
export const SERVICE_PREFIX = 'tcp:';

/**
 * Lets the peer connect to services of this machine, or of others that this one reaches, each under a name: the peer listens with
 * `forward`. Nothing but what is named here can be reached. Call it before the connection is started.
 *
 * @param services where the connections to each name go; `host` is '127.0.0.1' by default.
 * @returns a function that takes no more connections; those that are open go on.
 * @throws ConfigError for a target or an option that is wrong, or a name that is exposed already.
 */
export function expose(
  connection: Connection<unknown>,
  services: Readonly<Record<string, ServiceTarget>>,
  options: ExposeOptions = {},
): () => void {
  const { maxConnections, timeout } = checkOptions('options', options, EXPOSE_KINDS);
  if (!isRecord(services)) throw new ConfigError('services: an object with a target for each name expected');
  const targets = Object.entries(services).map(([name, target]) => [name, checkTarget(name, target)] as const);
  const leave: (() => void)[] = [];
  const leaveAll = (): void => {
    for (const each of leave) each();
  };
  try {
    for (const [name, target] of targets) {
      const handler = (channel: Channel): Promise<void> => serve(channel, target, timeout);
      leave.push(onChannel(connection, handler, { name: SERVICE_PREFIX + name, maxChannels: maxConnections }));
    }
  } catch (error) {
    leaveAll();
    throw error;
  }
  return leaveAll;
}

async function serve(channel: Channel, target: ServiceTarget, timeout: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', ...target, allowHalfOpen: true, noDelay: true });
  // Whoever gives the channel up meanwhile does not wait for the service.
  channel.once('close', () => socket.destroy());
  channel.on('error', () => {});
  try {
    await connected(socket, timeout);
  } catch (error) {
    channel.refuse(
      `the service cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'timeout'}`,
      ChannelCode.Failed,
    );
    return;
  }
  channel.accept();
  await pipeBoth(socket, channel);
}

function connected(socket: Socket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = after(timeout, () => socket.destroy(new Error('timeout')));
    socket.once('connect', () => {
      timer.cancel();
      resolve();
    });
    socket.once('close', () => timer.cancel());
    socket.on('error', reject);
  });
}

function checkTarget(name: string, target: unknown): ServiceTarget {
  const wrong = (what: string): ConfigError => new ConfigError(`services.${name}: ${what}`);
  if (!isRecord(target)) throw wrong('{ port } or { path } expected');
  const { host, port, path, ...others } = target;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(`no such option: ${other}; there are host, port and path`);
  if (path !== undefined) {
    if (typeof path !== 'string' || path === '' || port !== undefined)
      throw wrong('either a port or the path of a socket expected');
    return { path };
  }
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535) {
    throw wrong(`port: an integer from 1 to 65535 expected, got ${String(port)}`);
  }
  if (host !== undefined && typeof host !== 'string') throw wrong('host: a string expected');
  return { port: port as number, ...(host !== undefined && { host }) };
}
