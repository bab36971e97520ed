import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { normalizePath } from '@webson/handshake';
import type { Connection } from '../../connection.js';
import type { DrainOptions } from '../../lifecycle/drain.js';
import type { PathOption } from './path.js';

/** What an error that a server reports is about. */
export interface ErrorContext {
  /** The request: an upgrade, or for an error of `onRequest` an ordinary one. None for what handlers throw later. */
  readonly request?: IncomingMessage;
  /** The connection that was made of the upgrade, if it came to that. */
  readonly connection?: Connection<unknown>;
}

/** Called with an error and what it is about. What it throws or rejects with is shown as a warning. */
export type ServerErrorAction = (error: Error, about?: ErrorContext) => unknown;

/** Called with every connection and the request that it was made of. A promise that it returns is awaited. */
export type ConnectionHandler<Data> = (connection: Connection<Data>, request: IncomingMessage) => unknown;

/** What `serve` resolves to, and `attach` returns. `Data` is the type of the data of its connections. */
// Whoever names a server without its data goes on with its connections as with any others.
// biome-ignore lint/suspicious/noExplicitAny: unknown would not be taken for the data of a Connection.
export interface Server<Data = any> extends AsyncDisposable {
  /**
   * Where clients dial: `ws://127.0.0.1:8000/`. With a `path` that is no string, which has no one spelling, the root.
   *
   * @throws ConfigError while the HTTP server that it is attached to does not listen.
   */
  readonly url: string;
  /**
   * The address that the server listens on; a string for a unix socket.
   *
   * @throws ConfigError as `url` does.
   */
  readonly address: AddressInfo | string;
  /** The connections that are open now. */
  readonly connections: ReadonlySet<Connection<Data>>;
  /**
   * Refuses new connections (upgrades get 503, also those whose `headerVerify` or `authorize` is still at work), closes the open
   * ones, all at once or in stages, and resolves when all have ended: each after `timeout.close` at the latest, and all at the
   * deadline.
   *
   * Rejects with ConfigError or RangeError for a wrong option, and nothing is done then. Rejects with the reason of `signal`
   * when that aborts: connections that are not closed yet stay open, and new ones are accepted again, unless another drain was
   * not aborted. Any number of drains may run at once, each with its own deadline.
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * Drains, and resolves when all is closed: for `serve` every socket, and it stops listening at once; for `attach` what it has
   * taken, and the HTTP server goes on.
   */
  close(): Promise<void>;
}

/** The URL at which a client reaches a server. */
export function urlOf(address: AddressInfo | string, isSecure: boolean, option: PathOption | undefined): string {
  const scheme = isSecure ? 'wss' : 'ws';
  const path = typeof option === 'string' ? normalizePath(option) : '/';
  if (typeof address === 'string') return `${scheme}+unix:${address}:${path}`;
  return `${scheme}://${hostOf(address)}:${address.port}${path}`;
}

// An address that a client can dial: the wildcard address is replaced by the loopback address.
function hostOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
