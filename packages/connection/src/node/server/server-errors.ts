import { isA, toError } from '../../application/thrown.js';
import { showUnheard, summaryOf } from '../../application/unheard.js';
import type { Connection } from '../../connection.js';
import type { PooledConnection } from '../../lifecycle/pooled-connection.js';
import { ClosedError, HandshakeError, WebsonError } from '../../protocol/contract/errors.js';
import { Status } from '../../status.js';
import { nodePlatform } from '../platform.js';
import type { ErrorContext, ServerErrorAction } from './server.js';

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
    this.onUnheard = (error, adapter, isSpared) => {
      if (action !== undefined || !isSpared) this.report(error, { connection: adapter as Connection });
      else nodePlatform.trace?.(`a handler was left by its peer: ${summaryOf(error)}`, adapter);
    };
  }

  /** Never throws. */
  report(thrown: unknown, about: ErrorContext = {}): void {
    const error = toError(thrown);
    const action = this.#action;
    if (action === undefined) {
      show(error, about);
      return;
    }
    const onFailed = (again: unknown): void => showUnheard(nodePlatform, toError(again), 'in onError of a server');
    // The action is called in a turn of its own, so that what it does cannot disturb what is going on.
    Promise.resolve()
      .then(() => action(error, about))
      .catch(onFailed);
  }
}

function show(error: Error, about: ErrorContext): void {
  const unheard = hasLeft(error, about) ? undefined : causeOf(error);
  if (unheard !== undefined) showUnheard(nodePlatform, unheard, whereOf(about));
  // A refusal stands in the trace already.
  else if (!isA(error, HandshakeError)) nodePlatform.trace?.(summaryOf(error), about.connection);
}

function whereOf({ connection, request }: ErrorContext): string {
  if (connection === undefined) return request === undefined ? 'by a server' : 'for a request';
  return request === undefined ? 'in a handler' : 'in onConnection';
}

// Whether `onConnection` was at work with a connection that is gone.
function hasLeft(error: Error, { connection, request }: ErrorContext): boolean {
  return request !== undefined && connection?.status === Status.Closed && isA(error, ClosedError);
}

// What a client does is no error of the application; what a function that judges a handshake throws is, and that it does not answer.
function causeOf(error: Error): Error | undefined {
  if (isA(error, HandshakeError)) {
    if (error.code === 'TIMEOUT' && isA(error.cause, WebsonError)) return error.cause;
    return error.code === 'FAILED' ? toError(error.cause ?? error) : undefined;
  }
  return isA(error, WebsonError) && error.code === 'TOO_MANY_REQUESTS' ? undefined : error;
}
