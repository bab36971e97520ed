import { encodeClosePayload } from '@webson/frame';
import { abortReason, throwIfAborted, whenAborted } from '../application/abort.js';
import { checkOptions } from '../options/checked-options.js';
import {
  type DefaultedKind,
  delay,
  eitherOf,
  INFINITE,
  integer,
  type OptionKinds,
  SIGNAL,
} from '../options/option-kinds.js';
import { after, atEndOfTurn, type Timer } from '../time/clock.js';

/** A connection that can be closed. */
export interface Closable {
  close(code: number, reason: string): void;
}

/** How the connections of a server or a pool are closed for good. */
export interface DrainOptions {
  /** Close code: 1001, going away, by default; 1012 for a restart after which the peers may come back. */
  code?: number;
  /** At most 123 bytes of UTF-8; none by default. */
  reason?: string;
  /** Connections closed at a time, so that they do not all come back at once; all of them by default. */
  batch?: number;
  /** Milliseconds between two batches: 100 by default. */
  interval?: number;
  /** Milliseconds from the call after which the remaining connections are ended without waiting: 30000 by default. */
  deadline?: number;
  /** Aborts the drain: connections that have not been closed yet stay open. */
  signal?: AbortSignal;
}

/** {@link DrainOptions} checked, with the defaults filled in. */
export interface DrainPlan {
  readonly code: number;
  readonly reason: string;
  readonly batch: number;
  readonly interval: number;
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

const CODE: DefaultedKind = {
  expected: 'a close code that may be sent: 1000 to 1003, 1007 to 1014, or 3000 to 4999',
  accepts: (value) => isEncodable(value as number, ''),
  default: 1001,
};

const REASON: DefaultedKind = {
  expected: 'a string of at most 123 bytes of UTF-8',
  accepts: (value) => typeof value === 'string' && isEncodable(1001, value),
  default: '',
};

/** What each option may be, and its default. */
export const DRAIN_KINDS: OptionKinds<DrainOptions, 'signal'> = {
  code: CODE,
  reason: REASON,
  batch: eitherOf(integer(Number.POSITIVE_INFINITY, 1), INFINITE),
  interval: delay(100, 0),
  deadline: delay(30_000, 0),
  signal: SIGNAL,
};

function isEncodable(code: number, reason: string): boolean {
  try {
    encodeClosePayload(code, reason);
    return true;
  } catch {
    return false;
  }
}

/** @throws ConfigError for an option that is wrong, the reason of a signal that has aborted. */
export function resolveDrainOptions(options: DrainOptions): DrainPlan {
  const plan = checkOptions('options', options, DRAIN_KINDS);
  throwIfAborted(plan.signal);
  return plan;
}

/**
 * Closes connections batch by batch, and terminates the remaining ones at the deadline. Resolves when no connection is left.
 * Rejects with the reason of the signal when that aborts first.
 *
 * @param connections a live set. Connections that end meanwhile are skipped, those added meanwhile are terminated at the
 *   deadline.
 * @param whenEmpty calls its argument once, as soon as no connection is left, and returns a function that cancels that.
 * @param terminate ends a connection at once, without a closing handshake.
 */
export function closeInStages<C extends Closable>(
  connections: Iterable<C> & { has(connection: C): boolean },
  plan: DrainPlan,
  whenEmpty: (action: () => void) => () => void,
  terminate: (connection: C) => void,
): Promise<void> {
  const { code, reason, batch, interval, deadline, signal } = plan;
  const all = [...connections];
  const isLeft = (connection: C): boolean => connections.has(connection);
  let next = 0;
  let stage: Timer | undefined;
  let forget = (): void => {};
  let isOver = false;
  const closeNext = (): void => {
    let count = 0;
    while (next < all.length && count < batch) {
      const connection = all[next++] as C;
      if (!isLeft(connection)) continue;
      connection.close(code, reason);
      count++;
    }
    if (next < all.length && !isOver) stage = after(interval, closeNext);
  };
  return new Promise((resolve, reject) => {
    const end = after(deadline, () => {
      stage?.cancel();
      for (const connection of [...connections]) connection.close(code, reason);
      // The Close frames of the connections closed just now are written at the end of this turn, before this action runs.
      atEndOfTurn(() => {
        if (isOver) return;
        for (const connection of [...connections]) terminate(connection);
      });
    });
    const stop = (): void => {
      isOver = true;
      stage?.cancel();
      end.cancel();
      forget();
      unlisten();
    };
    const unlisten = whenAborted(signal, () => {
      stop();
      reject(signal && abortReason(signal));
    });
    closeNext();
    forget = whenEmpty(() => {
      stop();
      resolve();
    });
  });
}
