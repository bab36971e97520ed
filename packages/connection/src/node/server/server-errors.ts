import type { IncomingMessage } from 'node:http';
import { isA, toError } from '../../application/thrown.js';
import { showUnheard, summaryOf } from '../../application/unheard.js';
import { type Connection, pooled } from '../../connection.js';
import type { PooledConnection } from '../../lifecycle/pooled-connection.js';
import { HandshakeError, WebsonError } from '../../protocol/contract/errors.js';
import { nodePlatform } from '../socket/platform.js';

/** What an error that a server reports is about. */
export interface ErrorContext {
  /** The request, of an upgrade or another; not of errors that handlers throw later. */
  readonly request?: IncomingMessage;
  /** The connection, once there is one. */
  readonly connection?: Connection;
}

/** Called with an error of a server, and with what it is about; without that for an error of the listening socket. */
export type ServerErrorAction = (error: Error, about?: ErrorContext) => unknown;

/**
 * Passes the errors of a server to its `onError`.
 *
 * Invariants:
 * - Without an `onError` what the application's code throws is shown as a warning. What clients cause is not: an upgrade that was
 *   refused, a flood of requests, a handler whose peer has left.
 * - What `onError` throws or rejects with is shown as a warning, and goes nowhere else.
 */
export class ServerErrors {
  readonly #action: ServerErrorAction | undefined;
  /** For the connections of the server, see `PooledConnection`. */
  readonly onUnheard: NonNullable<PooledConnection['onUnheard']>;

  constructor(action: ServerErrorAction | undefined) {
    this.#action = action;
    this.onUnheard = (error, adapter) => this.report(error, 'in a handler', { connection: adapter as Connection });
  }

  /** @param where what the code that has thrown was called as: 'in onConnection', for example. */
  report(thrown: unknown, where: string, about?: ErrorContext): void {
    const error = toError(thrown);
    const action = this.#action;
    if (action === undefined) {
      show(error, where, about);
      return;
    }
    const onFailed = (again: unknown): void => showUnheard(nodePlatform, toError(again), 'in onError of a server');
    // The action is called in a turn of its own, so that what it does cannot disturb what is going on.
    Promise.resolve()
      .then(() => action(error, about))
      .catch(onFailed);
  }
}

function show(error: Error, where: string, { connection }: ErrorContext = {}): void {
  const isSpared = connection !== undefined && pooled(connection).spares(error);
  const unheard = isSpared ? undefined : causeOf(error);
  if (unheard !== undefined) showUnheard(nodePlatform, unheard, where);
  else nodePlatform.trace?.(`thrown ${where}: ${summaryOf(error)}`, connection);
}

// What a client does is no error of the application; what a function that judges a handshake throws is.
function causeOf(error: Error): Error | undefined {
  if (isA(error, HandshakeError)) return error.code === 'FAILED' ? toError(error.cause ?? error) : undefined;
  return isA(error, WebsonError) && error.code === 'TOO_MANY_REQUESTS' ? undefined : error;
}
