import type { Connection } from '@webson/connection';
import { abortReason, pooled, throwIfAborted, whenAborted } from '@webson/connection/internal';
import { FirstDial, type RedialAdapter } from './first-dial.js';
import { lineOf } from './line.js';
import { Redial, type RedialEvent, type RedialOptions } from './redial.js';
import type { Opener } from './target.js';

/** The pool that connections are dialled for. */
export interface DialsOwner {
  /** Takes a connection in, which is open and not started, and whose name was reserved. */
  enter(connection: Connection, name: string, groups: readonly string[], redial: Redial): void;
  /** Tells the application of a step. Must not throw. */
  tell(event: RedialEvent, adapter: RedialAdapter): void;
  /** Called with each step of dialling a connection again that was open before. Must not throw. */
  onStep(event: RedialEvent, connection: Connection): void;
  /** Called when one was given up. */
  onFailed(): void;
}

/**
 * The connections that a pool dials for the first time, by the names that are reserved for them.
 *
 * Invariants:
 * - A name is reserved from the call of `dial` until its promise settles.
 * - A connection that was opened and is not wanted any more is terminated.
 */
export class Dials {
  readonly #options: RedialOptions;
  readonly #owner: DialsOwner;
  // What gives each of them up.
  readonly #pending = new Map<string, (reason: unknown) => void>();

  constructor(options: RedialOptions, owner: DialsOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** True when the name is reserved. */
  has(name: string): boolean {
    return this.#pending.has(name);
  }

  /** See `Pool.dial`. @param name is not reserved. */
  dial(name: string, groups: readonly string[], opener: Opener, signal: AbortSignal | undefined): Promise<Connection> {
    const owner = this.#owner;
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      let opened: Connection | undefined;
      const leave = (): void => {
        this.#pending.delete(name);
        unlisten();
      };
      const fail = (reason: unknown): void => {
        leave();
        redial.stop();
        first.abandon();
        reject(reason);
        owner.onFailed();
      };
      const first = new FirstDial(name, groups, opener, (connection) => {
        leave();
        opened = connection;
        pooled(connection).dialBy(async (signal) => pooled(await opener.open(redial.attempt, signal)).handOver());
        redial.switchTo(lineOf(connection));
        owner.enter(connection, name, groups, redial);
        pooled(connection).beginSoon();
        redial.ready();
        resolve(connection);
      });
      const redial = new Redial(first, this.#options, (event) => {
        if (opened !== undefined) {
          owner.onStep(event, opened);
          return;
        }
        owner.tell(event, first);
        if (event.step === 'giveUp') fail(event.cause);
      });
      const unlisten = whenAborted(signal, () => fail(signal && abortReason(signal)));
      this.#pending.set(name, fail);
      redial.first();
    });
  }

  /** Gives all of them up: their promises reject. */
  fail(createError: () => Error): void {
    for (const fail of [...this.#pending.values()]) fail(createError());
  }
}
