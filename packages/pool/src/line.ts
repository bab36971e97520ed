import type { Connection } from '@webson/connection';
import { pooled } from '@webson/connection/internal';

/** What a {@link Redial} dials: a connection that has ended, or one that was never open. */
export interface Line {
  /** Makes one attempt. Rejects when it fails. */
  dial(attempt: number): Promise<unknown>;
  /** Ends the attempt that is under way. */
  abandon(): void;
  /** Calls `action` when the application does not want the connection any more. Returns a function that cancels that. */
  whenDismissed(action: () => void): () => void;
  /** Passes on what a function of the application throws that is asked about an attempt. */
  hear(thrown: unknown): void;
  /** When the connection ended the last time, in milliseconds of `now`; undefined before. */
  readonly endedAt: number | undefined;
}

/** Dials a connection that has been open before. */
export function lineOf(connection: Connection): Line {
  return {
    dial: () => connection.restart(),
    abandon: () => connection.close(),
    whenDismissed: (action) => pooled(connection).whenDismissed(action),
    hear: (thrown) => pooled(connection).hear(thrown),
    get endedAt() {
      return pooled(connection).ending?.time;
    },
  };
}
