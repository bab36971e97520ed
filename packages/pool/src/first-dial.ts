import { type Adapter, type Connection, Status } from '@webson/connection';
import { platform, showUnheard, toError } from '@webson/connection/internal';
import type { Line } from './line.js';
import type { Opener } from './target.js';

/** What `onRedial` tells about: a connection, or one that a pool dials for the first time. */
export type RedialAdapter = Pick<Adapter, 'name' | 'group' | 'groups' | 'status' | 'close' | 'terminate'>;

/**
 * A connection that a pool has not opened yet.
 *
 * Invariants:
 * - `onOpen` is called once, or not at all after `fail`: a connection that is opened then is terminated.
 * - `close` and `terminate` tell whoever dials that it is not wanted any more.
 */
export class FirstDial implements RedialAdapter, Line {
  readonly name: string;
  readonly groups: readonly string[];
  readonly status: typeof Status.YetReady = Status.YetReady;
  readonly endedAt = undefined;
  readonly #opener: Opener;
  readonly #onOpen: (connection: Connection) => void;
  readonly #abort = new AbortController();
  readonly #dismissActions = new Set<() => void>();

  constructor(name: string, groups: readonly string[], opener: Opener, onOpen: (connection: Connection) => void) {
    this.name = name;
    this.groups = Object.freeze([...new Set(groups)]);
    this.#opener = opener;
    this.#onOpen = onOpen;
  }

  get group(): string {
    return this.groups[0] ?? '';
  }

  close(): void {
    for (const action of [...this.#dismissActions]) action();
  }

  terminate(): void {
    this.close();
  }

  async dial(attempt: number): Promise<void> {
    const { signal } = this.#abort;
    const connection = await this.#opener.open(attempt, signal);
    if (signal.aborted) connection.terminate();
    else this.#onOpen(connection);
  }

  hear(thrown: unknown): void {
    showUnheard(platform, toError(thrown), 'by a function of a pool');
  }

  abandon(): void {
    this.#abort.abort();
  }

  whenDismissed(action: () => void): () => void {
    this.#dismissActions.add(action);
    return () => this.#dismissActions.delete(action);
  }
}
