import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestTarget } from '@webson/handshake';
import { isA } from '../../application/thrown.js';
import { type Connection, pooled } from '../../connection.js';
import type { StatusAction } from '../../handlers.js';
import { closeInStages, type DrainOptions, resolveDrainOptions } from '../../lifecycle/drain.js';
import { HandshakeError } from '../../protocol/contract/errors.js';
import { Status } from '../../status.js';
import { nodePlatform } from '../platform.js';
import { isAnswering, pipelinedError } from './incoming-request.js';
import { type PathOption, type PathTest, pathTest } from './path.js';
import { prepareOptions } from './preparation.js';
import { refuse } from './refusal.js';
import type { ConnectionHandler, ErrorContext, ServerErrorAction } from './server.js';
import { ServerErrors } from './server-errors.js';
import { takeOver } from './take-over.js';
import type { CheckedTakeOverOptions } from './take-over-options.js';
import { noteRequest } from './trace.js';
import type { UpgradeTaker } from './upgrade-router.js';

/** Options of an {@link Endpoint}. */
export type EndpointOptions<Data> = CheckedTakeOverOptions<Data> & {
  readonly path?: PathOption;
  readonly onError?: ServerErrorAction;
};

/**
 * What takes the upgrades of one server, and knows the connections that became of them.
 *
 * Invariants:
 * - A connection is in `connections` from the answer 101 until its status is `Closed`.
 * - The socket of an upgrade is pending until it has become a connection, or is closed after a refusal.
 * - A drain is over when there is neither a connection nor an upgrade that may still become one.
 * - New connections are refused from the first drain on, unless every drain was aborted by its signal.
 */
export class Endpoint<Data> implements UpgradeTaker {
  readonly connections: Set<Connection<Data>> = new Set();
  readonly handshakeTimeout: number;
  readonly #options: EndpointOptions<Data>;
  // Undefined when every path is answered.
  readonly #isOwnPath: PathTest | undefined;
  readonly #onConnection: ConnectionHandler<Data>;
  // The sockets of upgrades that are not answered yet, or were refused.
  readonly #pending = new Set<Duplex>();
  // Number of upgrades that are neither refused nor in `connections` yet. A drain ends their waiting.
  #undecided = 0;
  readonly #errors: ServerErrors;
  // Aborted while new connections are refused.
  #draining!: AbortController;
  // Number of drains that were not aborted, finished ones included.
  #drainCount = 0;
  #connectionOptions!: CheckedTakeOverOptions<Data>;
  // One function for all sockets, and one for all connections, as there may be very many.
  readonly #onClose: (this: Duplex) => void;
  readonly #onClosed: StatusAction;
  #onChange: (() => void)[] = [];
  readonly #onEmpty = new Set<() => void>();

  /** @throws ConfigError when an option of an extension is wrong. */
  constructor(options: EndpointOptions<Data>, handshakeTimeout: number, onConnection: ConnectionHandler<Data>) {
    this.handshakeTimeout = handshakeTimeout;
    this.#options = options;
    this.#isOwnPath = pathTest(options.path);
    this.#onConnection = onConnection;
    this.#errors = new ServerErrors(options.onError);
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

  take(
    request: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
    target: RequestTarget | undefined,
    urlOf: () => URL | undefined,
  ): boolean {
    const isOwnPath = this.#isOwnPath;
    try {
      if (isOwnPath !== undefined && (target === undefined || !isOwnPath(target, urlOf))) return false;
    } catch (cause) {
      const error = new HandshakeError('FAILED', 'Internal error', { status: 500 }, { cause });
      this.refuse(request, socket, isAnswering(request) ? pipelinedError() : error);
      return true;
    }
    void this.#answer(request, socket, head);
    return true;
  }

  refuse(
    request: IncomingMessage,
    socket: Duplex,
    error: HandshakeError,
    headers?: Readonly<Record<string, string>>,
  ): void {
    if (nodePlatform.trace !== undefined) noteRequest(socket, request);
    this.#await(socket);
    this.report(refuse(socket, error, headers), { request });
  }

  /** Calls `onError`; without one, what the application's code throws is shown as a warning. */
  report(thrown: unknown, about: ErrorContext): void {
    this.#errors.report(thrown, about);
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

  async #answer(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    this.#await(socket);
    let connection: Connection<Data> | undefined;
    try {
      connection = await this.#decide(request, socket, head);
      this.#release(socket);
      await this.#run(connection, request);
    } catch (error) {
      // Whoever has the socket is to close it, which may take as long as it likes.
      if (isA(error, HandshakeError) && error.code === 'ALREADY_TAKEN') this.#release(socket);
      this.report(error, connection === undefined ? { request } : { request, connection });
    }
  }

  async #decide(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<Connection<Data>> {
    this.#undecided++;
    try {
      const connection = await takeOver<Data>(request, socket, head, this.#connectionOptions);
      this.connections.add(connection);
      connection.onStatus(Status.Closed, this.#onClosed);
      return connection;
    } finally {
      this.#undecided--;
      this.#changed();
    }
  }

  async #run(connection: Connection<Data>, request: IncomingMessage): Promise<void> {
    pooled(connection).onUnheard = this.#errors.onUnheard;
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

  #await(socket: Duplex): void {
    if (socket.closed) return;
    this.#pending.add(socket);
    socket.on('close', this.#onClose);
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
    if (this.connections.size + this.#undecided > 0) return;
    for (const action of [...this.#onEmpty]) {
      this.#onEmpty.delete(action);
      action();
    }
  }
}
