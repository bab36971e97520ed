import type { Entry, Welcome } from '../shared/protocol.js';

/** What a {@link Welcome} means for a page. */
export interface Resumed {
  /** The history is another one than before: what is shown is not part of it. */
  readonly isNew: boolean;
  /** Entries that this page lacks, and that are not kept any more. */
  readonly missing: number;
}

/**
 * Which entries a page has.
 *
 * Entries may come in another order than they were made in, and twice: after the connection broke, the server sends what comes
 * after the last one up to which the page has them all.
 */
export class Timeline {
  #room = '';
  #complete = 0;
  // Those that have come beyond `#complete`.
  readonly #ahead = new Set<number>();

  /** The room that the entries belong to; '' before the first welcome. */
  get room(): string {
    return this.#room;
  }

  /** The number up to which all entries have come. */
  get complete(): number {
    return this.#complete;
  }

  /** The server has told what it keeps. */
  welcome({ room, first }: Welcome): Resumed {
    if (room !== this.#room) {
      const isNew = this.#room !== '';
      this.#room = room;
      this.#ahead.clear();
      this.#complete = first - 1;
      return { isNew, missing: 0 };
    }
    const missing = Math.max(0, first - 1 - this.#complete);
    this.#complete += missing;
    this.#advance();
    return { isNew: false, missing };
  }

  /** An entry has come. Returns false when it has come before. */
  add({ number }: Pick<Entry, 'number'>): boolean {
    if (number <= this.#complete || this.#ahead.has(number)) return false;
    this.#ahead.add(number);
    this.#advance();
    return true;
  }

  #advance(): void {
    for (const number of this.#ahead) if (number <= this.#complete) this.#ahead.delete(number);
    while (this.#ahead.delete(this.#complete + 1)) this.#complete++;
  }
}
