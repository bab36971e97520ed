import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { normalizePath, parseTarget } from '@webson/handshake';
import { isA, toError } from '../../application/thrown.js';
import { type Connection, pooled } from '../../connection.js';
import type { StatusAction } from '../../handlers.js';
import { closeInStages, type DrainOptions, resolveDrainOptions } from '../../lifecycle/drain.js';
import type { CheckedConnectionOptions } from '../../options/options.js';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { Status } from '../../status.js';
import { refuse } from './refusal.js';
import type { ConnectionHandler, ErrorSubject, ServerErrorAction } from './server.js';
import { prepareOptions, takeOver } from './take-over.js';

/** Options of an {@link Endpoint}. */
export type EndpointOptions = CheckedConnectionOptions & {
  readonly path?: string;
  readonly onError?: ServerErrorAction;
};

/**
 * What takes the upgrades of one server, and knows the connections that became of them.
 *
 * Invariants:
 * - A connection is in `connections` from the answer 101 until its status is `Closed`.
 * - The socket of an upgrade is pending until it has become a connection, or is closed after a refusal.
 * - New connections are refused from the first drain on, unless every drain was aborted by its signal.
 */
export class Endpoint<Data> {
  readonly connections: Set<Connection<Data>> = new Set();
  readonly #options: EndpointOptions;
  // Undefined when every path is answered.
  readonly #path: string | undefined;
  readonly #onConnection: ConnectionHandler<Data>;
  readonly #isBusy: (socket: Duplex) => boolean;
  // The sockets of upgrades that are not answered yet, or were refused.
  readonly #pending = new Set<Duplex>();
  // Aborted while new connections are refused.
  #draining!: AbortController;
  // Number of drains that were not aborted, finished ones included.
  #drainCount = 0;
  #connectionOptions!: CheckedConnectionOptions;
  // One function for all sockets, and one for all connections, as there may be very many.
  readonly #onClose: (this: Duplex) => void;
  readonly #onClosed: StatusAction;
  #onChange: (() => void)[] = [];
  readonly #onEmpty = new Set<() => void>();

  constructor(options: EndpointOptions, onConnection: ConnectionHandler<Data>, isBusy: (socket: Duplex) => boolean) {
    this.#options = options;
    this.#path = options.path === undefined ? undefined : normalizePath(options.path);
    this.#onConnection = onConnection;
    this.#isBusy = isBusy;
    const endpoint = this;
    this.#onClose = function onClose() {
      endpoint.#pending.delete(this);
      endpoint.#changed();
    };
    this.#onClosed = (_previous, connection) => {
      this.connections.delete(connection as Connection<Data>);
      this.#changed();
    };
    this.#open();
  }

  /** The only path that is answered, in normal form. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Answers an upgrade, and passes the connection on. Never throws. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    this.#pending.add(socket);
    socket.on('close', this.#onClose);
    let connection: Connection<Data> | undefined;
    try {
      this.#check(request, socket);
      connection = (await takeOver(request, socket, head, this.#connectionOptions)) as unknown as Connection<Data>;
      this.#release(socket);
      await this.#run(connection, request);
    } catch (error) {
      // Whoever has the socket is to close it, which may take as long as it likes.
      if (isA(error, HandshakeError) && error.code === 'ALREADY_TAKEN') this.#release(socket);
      this.report(error, connection === undefined ? { request } : { request, connection });
    }
  }

  /** Calls `onError`. */
  report(thrown: unknown, about: ErrorSubject): void {
    const error = toError(thrown);
    // An error that `onError` throws is dropped, as there is nobody left to report it to.
    Promise.resolve()
      .then(() => this.#options.onError?.(error, about))
      .catch(() => {});
  }

  async drain(options: DrainOptions = {}): Promise<void> {
    const plan = resolveDrainOptions(options);
    if (this.#drainCount++ === 0) {
      this.#draining.abort(new HandshakeError('ABORTED', 'the server takes no more connections'));
    }
    try {
      await closeInStages(
        this.connections,
        plan,
        (action) => this.#whenEmpty(action),
        (connection) => pooled(connection).terminate(),
      );
    } catch (error) {
      if (--this.#drainCount === 0) this.#open();
      throw error;
    }
  }

  /** Drains, and resolves when every socket that was refused is closed, too: its client has a moment to read the answer. */
  async close(): Promise<void> {
    await this.drain();
    while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#onChange.push(resolve));
  }

  #open(): void {
    this.#draining = new AbortController();
    const { signal } = this.#draining;
    this.#connectionOptions = { ...this.#options, signal };
    prepareOptions(this.#connectionOptions);
  }

  #check({ url }: IncomingMessage, socket: Duplex): void {
    const path = this.#path;
    // An answer now would be written into the middle of the answer to an earlier, pipelined request.
    if (this.#isBusy(socket)) throw refuse(socket, new HandshakeError('BAD_REQUEST', 'an upgrade was pipelined'));
    const target = path === undefined ? undefined : parseTarget(url ?? '');
    // `takeOver` refuses an invalid target with another status.
    if (target === undefined || target.path === path) return;
    throw refuse(socket, new HandshakeError('NOT_FOUND', 'Not found', { status: 404 }));
  }

  async #run(connection: Connection<Data>, request: IncomingMessage): Promise<void> {
    this.connections.add(connection);
    connection.onStatus(Status.Closed, this.#onClosed);
    if (this.#draining.signal.aborted) {
      connection.close(1001);
      return;
    }
    try {
      await this.#onConnection(connection, request);
    } catch (error) {
      connection.close(1011, 'internal error');
      throw error;
    }
    // `begin` does nothing for a connection that was started or closed meanwhile.
    pooled(connection).begin();
  }

  // The socket of a connection needs no listener here.
  #release(socket: Duplex): void {
    socket.off('close', this.#onClose);
    this.#pending.delete(socket);
    this.#changed();
  }

  #whenEmpty(action: () => void): () => void {
    this.#onEmpty.add(action);
    this.#changed();
    return () => this.#onEmpty.delete(action);
  }

  #changed(): void {
    for (const resolve of this.#onChange.splice(0)) resolve();
    if (this.connections.size > 0) return;
    for (const action of [...this.#onEmpty]) {
      this.#onEmpty.delete(action);
      action();
    }
  }
}
